"""Faults under load on the real programs: nothing lost, nothing twice."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.native.accounts import counters_of, passed_by, rows_of, settled
from tests.native.faults import (
    SERVICES,
    all_ready,
    check_requests,
    check_spans,
    kill,
    stopped_for,
    supervisor,
    under_load,
)
from tests.native.load import Load
from tests.native.stack import Stack, running
from tests.small_disk import needs_root, small_disk

pytestmark = pytest.mark.native


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("faults") / "deployment") as made:
        yield made


@pytest.mark.parametrize("name", ["collector", "jaeger", "cassandra"])
def test_a_killed_part_of_the_pipeline_loses_nothing(stack: Stack, name: str) -> None:
    before, rows, _ = under_load(stack, lambda: kill(stack, name))
    check_spans(stack, before, rows)
    after = counters_of(stack)
    lost = [reason for service in SERVICES for reason in passed_by(after, service).lost]
    assert not [reason for reason in lost if reason.startswith("dropped")]


def test_a_collector_killed_with_its_queue_full_of_spans_loses_none(stack: Stack) -> None:
    """Jaeger is away, so all that came is in the collector's queue, and only there, when it is killed."""

    def fault() -> None:
        supervisor(stack).stop(["jaeger"], 60)
        time.sleep(3)
        assert passed_by(counters_of(stack), "collector").waiting > 50
        kill(stack, "collector")
        time.sleep(2)
        supervisor(stack).launch("jaeger")

    before, rows, _ = under_load(stack, fault)
    check_spans(stack, before, rows)


def test_a_jaeger_killed_with_unwritten_spans_in_hand_loses_none(stack: Stack) -> None:
    """The database hangs, so Jaeger holds what it has taken; it must not have said that it is written."""

    def fault() -> None:
        database = supervisor(stack).seen()["cassandra"].pid
        os.kill(database, signal.SIGSTOP)
        try:
            time.sleep(3)
            kill(stack, "jaeger")
            time.sleep(1)
        finally:
            os.kill(database, signal.SIGCONT)

    before, rows, _ = under_load(stack, fault)
    check_spans(stack, before, rows)


def test_a_killed_redis_loses_no_request(stack: Stack) -> None:
    before, rows, _ = under_load(stack, lambda: kill(stack, "redis"))
    check_spans(stack, before, rows)


@pytest.mark.parametrize("name", SERVICES)
def test_a_killed_service_loses_no_request_and_only_its_own_last_spans(stack: Stack, name: str) -> None:
    before, rows, _ = under_load(stack, lambda: kill(stack, name))
    check_spans(stack, before, rows, killed=name)


def test_jaeger_restarted_twice_loses_nothing(stack: Stack) -> None:
    def twice() -> None:
        stopped_for(stack, "jaeger", 2)
        all_ready(stack)
        stopped_for(stack, "jaeger", 4)

    before, rows, _ = under_load(stack, twice)
    check_spans(stack, before, rows)


@needs_root
def test_a_full_disk_under_the_collector_refuses_and_loses_nothing_uncounted(stack: Stack) -> None:
    """With Jaeger away, spans pile up until the disk is full; then senders are refused, and told so."""
    settled(stack)
    supervisor(stack).stop(["collector"], 60)
    with small_disk(stack.folder / ".kit/native/data/collector", "8m"):
        supervisor(stack).launch("collector")
        all_ready(stack)
        before, rows = settled(stack), rows_of(stack)
        supervisor(stack).stop(["jaeger"], 60)
        statuses = [_post_a_megabyte(stack) for _ in range(12)]
        assert 200 in statuses
        assert any(status >= 500 for status in statuses), statuses
        supervisor(stack).launch("jaeger")
        all_ready(stack)
        with Load(stack) as load:
            time.sleep(1)
        check_requests(stack, load)
        check_spans(stack, before, rows)
        taken = statuses.count(200)
        assert rows_of(stack).spans["filler"] - rows.spans["filler"] == taken
        supervisor(stack).stop(["collector"], 60)
    supervisor(stack).launch("collector")
    all_ready(stack)


def _post_a_megabyte(stack: Stack) -> int:
    body = {
        "resourceSpans": [
            {
                "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "filler"}}]},
                "scopeSpans": [
                    {
                        "spans": [
                            {
                                "traceId": os.urandom(16).hex(),
                                "spanId": os.urandom(8).hex(),
                                "name": "fill",
                                "kind": 1,
                                "startTimeUnixNano": str(time.time_ns()),
                                "endTimeUnixNano": str(time.time_ns() + 1000),
                                # In pieces: the collector cuts longer values.
                                "attributes": [
                                    {"key": f"big{n}", "value": {"stringValue": "b" * 52_000}}
                                    for n in range(20)
                                ],
                            }
                        ]
                    }
                ],
            }
        ]
    }
    return httpx.post(f"{stack.otlp_http}/v1/traces", json=body, timeout=120, trust_env=False).status_code
