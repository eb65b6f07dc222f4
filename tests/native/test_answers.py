"""Questions over many traces, asked of a whole deployment: what the samples did is what `kit traces` says."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from analysis.gathering import gather
from analysis.model import Span, SpanKind
from analysis.search import Query
from analysis.sources.jaeger import JaegerClient
from tests.native.spans import spans_of, wait_for
from tests.native.stack import Stack, request_coupon, running
from tests.native.test_end_to_end import REQUEST, whole
from tests.patience import ANSWER_S, PATIENCE_S

pytestmark = pytest.mark.native

COUPONS = 25
CROWD, SPANS_EACH = 600, 10


def _asked(stack: Stack, *arguments: str) -> dict[str, Any]:
    result = stack.kit("traces", *arguments, "--since", "10m", "--output", "json")
    assert result.returncode == 0, result.stderr
    answer: dict[str, Any] = json.loads(result.stdout)
    assert answer["coverage"]["complete"] is True
    assert "read all" in result.stderr
    return answer


def _made_coupons(stack: Stack) -> None:
    with httpx.Client(base_url=stack.api, timeout=ANSWER_S, trust_env=False) as client:
        made = client.post("/campaigns", json={"name": "spring", "stock": COUPONS}).raise_for_status().json()
        traces = [request_coupon(client, str(made["id"]), f"user-{n}")[1] for n in range(COUPONS)]
    for trace_id in traces:
        wait_for(lambda trace_id=trace_id: spans_of(stack.jaeger, trace_id), whole)  # type: ignore[misc]


def check_questions(stack: Stack) -> None:
    endpoints = {(it["service"], it["endpoint"]): it for it in _asked(stack, "endpoints")["endpoints"]}
    request = endpoints["coupon-api", REQUEST]
    assert (request["count"], request["errors"]) == (COUPONS, 0)
    assert request["time_in"]["redis"] > 0
    consumer = endpoints["coupon-issuer", "process coupon.requests"]
    assert consumer["count"] == COUPONS
    assert consumer["time_in"]["db"] > 0
    assert consumer["time_in"]["queue"] > 0
    assert endpoints["coupon-notifier", "process coupon.issued"]["time_in"]["http"] > 0

    queues = {it["queue"]: it for it in _asked(stack, "queues")["queues"]}
    assert {name: (it["messages"], it["sent"], it["group"]) for name, it in queues.items()} == {
        "coupon.requests": (COUPONS, COUPONS, "coupon-issuer"),
        "coupon.issued": (COUPONS, COUPONS, "coupon-notifier"),
    }
    assert all(it["backlog"] == {"unread": 0, "pending": 0} for it in queues.values())

    path = _asked(stack, "critical-path", "--operation", REQUEST)
    assert path["requests"] == COUPONS
    parts = {(it["kind"], it["operation"]): it["requests"] for it in path["parts"]}
    # On a busy machine the issuer may end after the notifier: then the path does not go through the second queue.
    ends = _last_stages(stack)
    assert len(ends) == COUPONS
    assert parts.get(("queue_wait", "coupon.requests"), 0) == sum(end != REQUEST for end in ends)
    notified = ends.count("process coupon.issued")
    assert notified
    assert parts.get(("queue_wait", "coupon.issued"), 0) == notified
    assert parts.get(("span", "process coupon.issued"), 0) == notified

    slowest = _asked(stack, "slowest", "--operation", REQUEST, "--end-to-end", "--limit", "3")["slowest"]
    assert len(slowest) == 3
    assert slowest[0]["took_ns"] >= slowest[-1]["took_ns"]
    assert slowest[0]["link"].startswith(f"{stack.jaeger}/trace/")

    page = _asked(stack, "report", "-o", "report.html")
    assert (page["endpoints"], page["queues"], page["requests"]) == (
        len(endpoints), len(queues), _asked(stack, "critical-path")["requests"],
    )  # fmt: skip
    written = (stack.folder / "report.html").read_text()
    assert len(written.encode()) == page["bytes"]
    # The page asks for all operations.
    (first,) = _asked(stack, "slowest", "--end-to-end", "--limit", "1")["slowest"]
    assert first["trace_id"] in written


def _last_stages(stack: Stack) -> list[str]:
    """Each request's stage that ends last: the request itself, or the consumer of the first or second queue."""
    now = time.time_ns()
    spans: dict[tuple[str, str], Span] = {}
    with JaegerClient(stack.jaeger) as client:
        for service in ("coupon-api", "coupon-issuer", "coupon-notifier"):
            query = Query(service=service, start_ns=now - 600_000_000_000, end_ns=now)
            for trace in gather(client, query)[0]:
                spans.update({(span.trace_id, span.span_id): span for span in trace.spans})
    consumers = {
        (span.name, span.attributes.get("messaging.message.id")): span
        for span in spans.values()
        if span.kind is SpanKind.CONSUMER
    }

    def consumer_of(stage: Span, queue: str) -> Span:
        (sent,) = (
            one
            for one in spans.values()
            if one.kind is SpanKind.PRODUCER and one.name == f"send {queue}" and _is_below(one, stage, spans)
        )
        return consumers[f"process {queue}", sent.attributes["messaging.message.id"]]

    last = []
    for request in [span for span in spans.values() if span.name == REQUEST]:
        issued = consumer_of(request, "coupon.requests")
        notified = consumer_of(issued, "coupon.issued")
        last.append(max((request, issued, notified), key=lambda span: span.end_ns).name)
    return last


def _is_below(span: Span, stage: Span, spans: dict[tuple[str, str], Span]) -> bool:
    """Whether a span's ancestors lead to a stage before they lead to a consumer."""
    above: Span | None = span
    while above is not None and above is not stage and above.kind is not SpanKind.CONSUMER:
        above = spans.get((above.trace_id, above.parent_span_id))
    return above is stage


def check_that_a_crowded_window_is_read_whole(stack: Stack) -> None:
    """More traces than a search returns, of ten spans each: Jaeger's index scan stops at 3 N spans."""
    chance = random.Random(5)  # noqa: S311
    now = time.time_ns()
    ids = set()
    for first in range(0, CROWD, 50):
        spans = []
        for number in range(first, first + 50):
            trace_id = f"{chance.getrandbits(128):032x}"
            ids.add(trace_id)
            start = now - number * 20_000_000
            root = f"{chance.getrandbits(63) | 1:016x}"
            for place in range(SPANS_EACH):
                span_id = root if not place else f"{chance.getrandbits(63) | 1:016x}"
                spans.append(
                    {
                        "traceId": trace_id,
                        "spanId": span_id,
                        "parentSpanId": root if place else "",
                        "name": "crowd",
                        "kind": 1 if place else 2,
                        "startTimeUnixNano": str(start + place * 1000),
                        "endTimeUnixNano": str(start + place * 1000 + 500),
                    }
                )
        resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "crowd"}}]}
        document = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]}
        url = f"{stack.otlp_http}/v1/traces"
        httpx.post(url, json=document, timeout=120, trust_env=False).raise_for_status()
    query = Query(service="crowd", start_ns=now - 60_000_000_000, end_ns=now + 1_000_000)
    with JaegerClient(stack.jaeger) as client:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            found, coverage = gather(client, query, a_slice=40)
            # What the collector has taken may still be on its way to the database.
            written = sum(len(trace.spans) for trace in found)
            if written == CROWD * SPANS_EACH or time.monotonic() > deadline:
                break
            time.sleep(1)
    assert coverage.is_complete
    assert {trace.trace_id for trace in found} == ids
    assert {len(trace.spans) for trace in found} == {SPANS_EACH}
    assert coverage.requests > CROWD // 40


@pytest.mark.parametrize("propagation", ["parent", "link"])
def test_the_samples_by_question(propagation: str, tmp_path: Path) -> None:
    with running(tmp_path / "stack", f"tracing: {{propagation: {propagation}}}") as stack:
        with httpx.Client(base_url=stack.api, timeout=ANSWER_S, trust_env=False) as client:
            assert client.get("/readyz").is_success
        if propagation == "parent":
            _made_coupons(stack)
        else:
            _made_linked_coupons(stack)
        check_questions(stack)
        if propagation == "parent":
            check_that_a_crowded_window_is_read_whole(stack)


def _made_linked_coupons(stack: Stack) -> None:
    with httpx.Client(base_url=stack.api, timeout=ANSWER_S, trust_env=False) as client:
        made = client.post("/campaigns", json={"name": "spring", "stock": COUPONS}).raise_for_status().json()
        for number in range(COUPONS):
            request_coupon(client, str(made["id"]), f"user-{number}")
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        found = _asked(stack, "endpoints", "--service", "coupon-notifier")["endpoints"]
        if sum(it["count"] for it in found) == COUPONS:
            return
        time.sleep(1)
    pytest.fail("the consumers' traces did not arrive")
