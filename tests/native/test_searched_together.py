"""Searches by two conditions on the real Cassandra, where Jaeger cuts the answer to each before it intersects them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.native.spans import spans_of, wait_for
from tests.native.stack import Stack, running
from tests.patience import PATIENCE_S
from tests.services_of_ones_own.sending import send, span

pytestmark = pytest.mark.native

LONG = "gift" * 75  # Jaeger indexes no value of 256 bytes or more
NEWER = 3_000


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stack, str]]:
    """A deployment, and the id of the one trace that meets both conditions, behind newer ones that meet one."""
    spec = "services: []\nstorage: {indexed_tags: [order.kind]}\n"
    with running(tmp_path_factory.mktemp("crowded") / "deployment", spec) as stack:
        wanted = span("pay", attributes={"order.kind": "gift", "order.note": LONG})
        assert send(stack.otlp_http, [wanted]) == 200
        trace_id = wanted.trace_id.hex()
        wait_for(lambda: spans_of(stack.jaeger, trace_id), bool)
        for _ in range(NEWER // 100):
            half = [span("pay", attributes={"order.kind": "plain"}) for _ in range(50)]
            half += [span("other", attributes={"order.kind": "gift", "order.note": LONG}) for _ in range(50)]
            assert send(stack.otlp_http, half) == 200
        # In order, so the last one is written after almost all others.
        wait_for(lambda: spans_of(stack.jaeger, half[-1].trace_id.hex()), bool)
        time.sleep(2)
        yield stack, trace_id


def searched(stack: Stack, *conditions: str) -> dict[str, Any]:
    done = stack.kit(
        "traces", "search", "--service", "sender", "--since", "30m", "--output", "json", *conditions,
        timeout=PATIENCE_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize("attribute", ["order.kind=gift", f"order.note={LONG}"])
def test_an_operation_with_an_attribute(crowded: tuple[Stack, str], attribute: str) -> None:
    stack, trace_id = crowded
    answer = searched(stack, "--operation", "pay", "--attribute", attribute)
    assert [trace["trace_id"] for trace in answer["traces"]] == [trace_id]
    assert answer["complete"]


def test_a_long_value_alone(crowded: tuple[Stack, str]) -> None:
    stack, _ = crowded
    answer = searched(stack, "--attribute", f"order.note={LONG}", "--limit", "40")
    assert len(answer["traces"]) == 40


def test_what_nothing_meets_is_not_there(crowded: tuple[Stack, str]) -> None:
    stack, _ = crowded
    for attribute in ("order.kind=none", f"order.note={LONG}?"):
        answer = searched(stack, "--operation", "pay", "--attribute", attribute)
        assert answer["traces"] == []
        assert answer["complete"], attribute
