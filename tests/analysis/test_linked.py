from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from analysis.linked import with_linked
from analysis.model import Link, SpanKind, Trace, traces_of
from analysis.sources.files import TraceFiles
from tests.analysis.encoders import otlp
from tests.analysis.samples import TRACE_ID, coupon_request, span

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.model import Attributes


def _source(folder: Path, traces: list[Trace]) -> TraceFiles:
    path = folder / "traces.json"
    path.write_text(json.dumps(otlp(span for trace in traces for span in trace.spans)))
    return TraceFiles([path])


@pytest.mark.parametrize("asked", [0, 1, 2])
def test_links_are_followed_both_ways_from_any_of_the_traces(asked: int, tmp_path: Path) -> None:
    traces = coupon_request(mode="link")
    found = with_linked(traces[asked], _source(tmp_path, traces))
    assert found.traces[0] == traces[asked]
    assert {trace.trace_id for trace in found.traces} == {trace.trace_id for trace in traces}
    assert (found.missing, found.more, found.unsure) == ([], False, [])


def test_a_trace_in_one_piece_asks_for_nothing(tmp_path: Path) -> None:
    (trace,) = coupon_request()
    assert with_linked(trace, TraceFiles([tmp_path / "must not be read"])).traces == [trace]


def test_a_linked_trace_that_is_not_there_is_named(tmp_path: Path) -> None:
    traces = coupon_request(mode="link")
    found = with_linked(traces[1], _source(tmp_path, traces[1:]))
    assert found.missing == [traces[0].trace_id]
    assert len(found.traces) == 2


def test_traces_that_link_in_a_circle_end(tmp_path: Path) -> None:
    a = span("a", 0, 1, trace_id="a" * 32, links=(Link("b" * 32, "b" * 16),))
    b = span("b", 0, 1, trace_id="b" * 32, span_id="b" * 16, links=(Link("a" * 32, a.span_id),))
    found = with_linked(Trace([a]), _source(tmp_path, [Trace([a]), Trace([b])]))
    assert [trace.trace_id for trace in found.traces] == ["a" * 32, "b" * 32]


def test_a_message_consumed_minutes_later_is_found_although_another_was_consumed_at_once(
    tmp_path: Path,
) -> None:
    queue: Attributes = {"messaging.destination.name": "q"}
    producer, consumer = SpanKind.PRODUCER, SpanKind.CONSUMER
    sends = [span(f"send {n}", n, n + 1, kind=producer, attributes=queue) for n in range(2)]
    processes = [
        span(
            "process",
            at,
            at + 1,
            kind=consumer,
            attributes=queue,
            trace_id=trace_id,
            links=(Link(TRACE_ID, send.span_id),),
        )
        for send, at, trace_id in zip(sends, (2, 300_000), ("a" * 32, "b" * 32), strict=True)
    ]
    found = with_linked(Trace(sends), _source(tmp_path, traces_of([*sends, *processes])))
    assert [trace.trace_id for trace in found.traces[1:]] == ["a" * 32, "b" * 32]


def test_no_more_traces_than_asked_for(tmp_path: Path) -> None:
    traces = coupon_request(mode="link")
    found = with_linked(traces[0], _source(tmp_path, traces), most=2)
    assert (len(found.traces), found.more) == (2, True)
