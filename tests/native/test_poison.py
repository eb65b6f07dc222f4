"""Spans that would hold up all others if they came through as they are: at the real store, one by one."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from tests.native.accounts import counters_of, passed_by
from tests.native.spans import attributes, spans_of, wait_for
from tests.native.stack import Stack, running
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.native

MIB = 1 << 20
DAY_NS = 86_400 * 10**9


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("poison") / "deployment") as made:
        yield made


def text(key: str, value: str) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(string_value=value))


def span(
    name: str = "work",
    *,
    start: int | None = None,
    took: int = 10**6,
    attributes: dict[str, str] | None = None,
) -> Span:
    began = time.time_ns() if start is None else start
    return Span(
        trace_id=os.urandom(16),
        span_id=os.urandom(8),
        name=name,
        kind=Span.SPAN_KIND_SERVER,
        start_time_unix_nano=began,
        end_time_unix_nano=max(0, began + took),
        attributes=[text(key, value) for key, value in (attributes or {}).items()],
    )


def send(
    stack: Stack,
    spans: list[Span],
    *,
    service: str = "sender",
    more: dict[str, str] | None = None,
    raw: tuple[bytes, bytes] | None = None,
) -> int:
    own = {"service.name": service, **(more or {})}
    resource = Resource(attributes=[text(key, value) for key, value in own.items()])
    request = ExportTraceServiceRequest(
        resource_spans=[ResourceSpans(resource=resource, scope_spans=[ScopeSpans(spans=spans)])]
    )
    data = request.SerializeToString()
    if raw:
        data = data.replace(*raw)
    return httpx.post(
        f"{stack.otlp_http}/v1/traces",
        content=data,
        headers={"content-type": "application/x-protobuf"},
        timeout=120,
        trust_env=False,
    ).status_code


def found(stack: Stack, one: Span) -> None:
    wait_for(lambda: spans_of(stack.jaeger, one.trace_id.hex()), bool)


def nothing_waits(stack: Stack) -> None:
    """A span that is tried forever stays in a queue."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        now = counters_of(stack)
        queued = passed_by(now, "collector").waiting, passed_by(now, "jaeger").waiting
        if queued == (0, 0):
            return
        assert time.monotonic() < deadline, queued
        time.sleep(0.2)


@pytest.mark.parametrize(
    "one",
    [
        span("n" * 70_000),
        span("ü" * 40_000),
        span(""),
        span("a\0b"),
        span(attributes={"big": "b" * (4 * MIB)}),
        span(attributes={"big": "b" * (7 * MIB)}),
        span(attributes={"error.type": "e" * 70_000}),
        span(attributes={f"k{i}": "v" * 20 for i in range(5000)}),
        span(start=1),
        span(start=time.time_ns() - 400 * DAY_NS),
        span(start=time.time_ns() + 400 * DAY_NS),
        span(start=2**63 + 5),
        span(took=-5 * 10**9),
    ],
    ids=["long name", "long name of two-byte letters", "no name", "NUL", "4 MiB", "7 MiB", "long indexed attribute",
         "5000 attributes", "1970", "last year", "next year", "beyond 2262", "ends before it starts"],
)  # fmt: skip
def test_an_odd_span_is_found_and_holds_up_nobody(stack: Stack, one: Span) -> None:
    healthy = span("healthy")
    assert send(stack, [healthy, one]) == 200
    found(stack, one)
    found(stack, healthy)
    nothing_waits(stack)


@pytest.mark.parametrize("place", ["name", "service", "value", "indexed value", "key"])
def test_bytes_that_are_not_utf8_hold_up_nobody(stack: Stack, place: str) -> None:
    marks = {
        "name": span("MARK"), "service": span(), "value": span(attributes={"a": "MARK"}),
        "indexed value": span(attributes={"error.type": "MARK"}), "key": span(attributes={"MARK": "a"}),
    }  # fmt: skip
    one = marks[place]
    service = "MARK" if place == "service" else "sender"
    assert send(stack, [one], service=service, raw=(b"MARK", b"\xff\xfe\xfd\xfc")) == 200
    found(stack, one)
    nothing_waits(stack)


@pytest.mark.parametrize("service", ["s" * 70_000, ""])
def test_an_odd_service_name_holds_up_nobody(stack: Stack, service: str) -> None:
    one = span()
    assert send(stack, [one], service=service) == 200
    found(stack, one)
    nothing_waits(stack)


def test_many_large_spans_at_once_are_all_found(stack: Stack) -> None:
    """600 spans of 50 KiB: counted in spans, one batch of them would be more than Jaeger takes."""
    spans = [span(attributes={"big": "b" * 50_000}) for _ in range(600)]
    for first in range(0, 600, 100):
        assert send(stack, spans[first : first + 100]) == 200
    for one in spans[::50]:
        found(stack, one)
    nothing_waits(stack)
    found(stack, spans[-1])


def test_a_trace_of_four_mebibytes_is_found_whole(stack: Stack) -> None:
    trace_id = os.urandom(16)
    spans = [span(f"step {i}", attributes={"big": "b" * 4096}) for i in range(1024)]
    for one in spans:
        one.trace_id = trace_id
    for first in range(0, 1024, 256):
        assert send(stack, spans[first : first + 256]) == 200
    wait_for(lambda: spans_of(stack.jaeger, trace_id.hex()), lambda there: len(there) == 1024)


def test_what_no_row_can_hold_is_refused_to_its_sender(stack: Stack) -> None:
    one = span(attributes={"big": "b" * (12 * MIB)})
    assert send(stack, [one]) == 400
    nothing_waits(stack)


def test_what_is_cut_is_counted_on_the_span(stack: Stack) -> None:
    one = span(attributes={f"k{i}": "v" for i in range(200)} | {"long": "l" * 70_000})
    one.events.extend(Span.Event(name=f"event {i}") for i in range(200))
    one.links.extend(Span.Link(trace_id=os.urandom(16), span_id=os.urandom(8)) for _ in range(200))
    one.dropped_events_count = 7
    assert send(stack, [one]) == 200
    (there,) = wait_for(lambda: spans_of(stack.jaeger, one.trace_id.hex()), bool)
    found = attributes(there)
    counts = {key: int(value) for key, value in found.items() if key.startswith("otel.dropped_")}
    assert counts == {
        "otel.dropped_attributes_count": 201 - 128,
        "otel.dropped_events_count": 200 - 128 + 7,
        "otel.dropped_links_count": 200,
    }
    assert found["k127"] == "v"
    assert "k128" not in found
    # Jaeger keeps the order of their times, which are one here.
    assert sorted(event["name"] for event in there["events"]) == sorted(f"event {i}" for i in range(128))
    assert "links" not in there


def test_a_long_text_ends_where_it_was_cut(stack: Stack) -> None:
    one = span(attributes={"long": "ü" * 50_000, "short": "s"})
    assert send(stack, [one]) == 200
    (there,) = wait_for(lambda: spans_of(stack.jaeger, one.trace_id.hex()), bool)
    assert attributes(there)["short"] == "s"
    assert attributes(there)["long"] == "ü" * ((65_536 - 3) // 2) + "…"


def test_a_resource_that_is_too_large_keeps_its_service(stack: Stack) -> None:
    one = span()
    assert send(stack, [one], service="named", more={"process.command_line": "c" * 20_000}) == 200
    (there,) = wait_for(lambda: spans_of(stack.jaeger, one.trace_id.hex()), bool)
    assert there["service"] == "named"
