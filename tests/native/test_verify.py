"""`kit verify` on the real stack: fine when all is well, and able to fail, with the hop that is at fault."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.native.faults import hung
from tests.native.stack import Stack, running

pytestmark = pytest.mark.native

MEMORY = "native: {storage: memory}\n"


def verify(stack: Stack, *arguments: str) -> tuple[int, dict[str, Any]]:
    result = stack.kit("verify", "--output", "json", *arguments)
    answer: dict[str, Any] = json.loads(result.stdout)
    assert (answer["kind"], answer["version"]) == ("verify", 1)
    assert answer["ok"] == (result.returncode == 0)
    return result.returncode, answer


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("verify") / "deployment", MEMORY) as made:
        yield made


def test_all_is_well(stack: Stack) -> None:
    check_all_is_well(stack, "parent")


def test_all_is_well_with_links(tmp_path: Path) -> None:
    with running(tmp_path / "deployment", MEMORY + "tracing: {propagation: link}") as linked:
        check_all_is_well(linked, "link")


def check_all_is_well(stack: Stack, edge: str) -> None:
    code, answer = verify(stack, "--requests", "20")
    assert (code, answer["problems"]) == (0, [])
    assert set(answer["services"]) == {"coupon-api", "coupon-issuer", "coupon-notifier"}
    assert min(answer["services"].values()) >= 20
    assert [(q["stream"], q["messages"], q["edge"]) for q in answer["queues"]] == [
        ("coupon.requests", 20, edge), ("coupon.issued", 20, edge),
    ]  # fmt: skip
    assert answer["visible_after_s"] > 0
    by_hop = {entry["hop"]: entry for entry in answer["ledger"]}
    sent = sum(by_hop[f"{service}: SDK"]["came"] for service in answer["services"])
    assert sent == by_hop["services → collector"]["went"] == by_hop["jaeger: storage"]["went"]
    assert by_hop["storage → found"]["went"] == sent


def test_a_consumer_that_hangs_is_named_with_its_queue(stack: Stack) -> None:
    with hung(stack, "coupon-issuer"):
        code, answer = verify(stack, "--requests", "3", "--wait", "3s")
    assert code == 1
    assert "3 of 3 requests were not delivered" in answer["problems"]
    assert "coupon.requests: 3 entries wait, and coupon-issuer reads none of them" in answer["problems"]
    verify(stack, "--wait", "20s")


def test_a_notifier_that_hangs_is_named_with_its_queue(stack: Stack) -> None:
    with hung(stack, "coupon-notifier"):
        code, answer = verify(stack, "--requests", "3", "--wait", "3s")
    assert code == 1
    assert any(problem.startswith("coupon.issued: 3 entries ") for problem in answer["problems"])
    verify(stack, "--wait", "20s")


def test_a_jaeger_that_hangs_is_named_and_the_spans_wait_in_the_collector(stack: Stack) -> None:
    with hung(stack, "jaeger"):
        code, answer = verify(stack, "--requests", "3", "--wait", "4s")
    assert code == 1
    waiting = {entry["hop"]: entry["waiting"] for entry in answer["ledger"]}
    assert waiting["collector: queue"] > 0
    assert any(problem.startswith("jaeger: ") for problem in answer["problems"])


def test_after_it_all_is_well_again(stack: Stack) -> None:
    code, answer = verify(stack, "--requests", "5")
    assert (code, answer["problems"]) == (0, [])


def test_an_sdk_whose_queue_is_too_small_shows_its_drops(tmp_path: Path) -> None:
    """64 spans, sent every 5 s: a burst does not fit."""
    spec = "native: {storage: memory}\ntracing: {queue: 64, export_delay: 5s}"
    with running(tmp_path / "deployment", spec) as small:
        code, answer = verify(small, "--requests", "300", "--wait", "20s")
        assert code == 1
        lost = {entry["hop"]: entry["lost"] for entry in answer["ledger"] if entry["lost"]}
        assert lost
        for hop, reasons in lost.items():
            assert hop.endswith(": SDK")
            assert list(reasons) == ["dropped by the SDK: queue_full"]
        assert all(entry["unexplained"] == 0 for entry in answer["ledger"])


def test_spans_of_others_are_told_apart(stack: Stack) -> None:
    """A sender outside of the deployment: more arrives than the services sent, and nothing is missing."""
    send_spans(stack, 1)
    code, answer = verify(stack)
    assert (code, answer["problems"]) == (0, [])


def test_others_that_send_meanwhile_are_no_loss(stack: Stack) -> None:
    """Their spans are written and not searched for, and some wait when it begins and when it ends."""
    done = threading.Event()

    def send() -> None:
        while not done.is_set():
            send_spans(stack, 200)

    sender = threading.Thread(target=send)
    sender.start()
    try:
        code, answer = verify(stack, "--requests", "5")
    finally:
        done.set()
        sender.join()
    assert (code, answer["problems"]) == (0, [])
    by_hop = {entry["hop"]: entry for entry in answer["ledger"]}
    assert by_hop["services → collector"]["extra"] >= 200


def send_spans(stack: Stack, count: int) -> None:
    # One trace: Jaeger's memory holds some thousand, and would drop those of the run for newer ones.
    trace_id = os.urandom(16).hex()
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [_span(trace_id) for _ in range(count)]}]}]}
    answer = httpx.post(f"{stack.otlp_http}/v1/traces", json=body, trust_env=False, timeout=120)
    answer.raise_for_status()


def _span(trace_id: str) -> dict[str, object]:
    return {
        "traceId": trace_id, "spanId": os.urandom(8).hex(), "name": "other", "kind": 1,
        "startTimeUnixNano": "1", "endTimeUnixNano": "2",
    }  # fmt: skip


def test_without_a_deployment_it_says_so(tmp_path: Path) -> None:
    empty = Stack(tmp_path / "deployment")
    result = empty.kit("verify")
    assert result.returncode == 3
    assert "nothing runs here" in result.stderr
