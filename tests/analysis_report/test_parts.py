"""What charts show: it adds up to what the tables say."""

from __future__ import annotations

import json
import re
from collections import Counter

import numpy as np
import pytest

from analysis.columns.building import table_of
from analysis.columns.table import SpanTable
from analysis.critical_path.queue_rule import Requests
from analysis.critical_path.totals import of_one
from analysis.model import SpanKind, Trace
from analysis.report.callers import callers_of
from analysis.report.chart_data import chart_data, in_script
from analysis.report.contents import DISTRIBUTIONS, SLOWEST, Contents, contents_of
from analysis.report.flame import DEEPEST, Frame, Key, drawn
from analysis.report.waits import SLICES
from analysis.report.waterfall import MOST_BARS
from analysis.search import Query
from tests.analysis.samples import START, coupon_request, span
from tests.analysis_report.shop import EVIL, ODD, shop


def asked(traces: list[Trace], query: Query | None = None) -> Contents:
    table = table_of((one for trace in traces for one in trace.spans), None)
    return contents_of(table, traces, query or Query())


def own_times(whole: Frame) -> dict[Key, int]:
    times: Counter[Key] = Counter()
    todo = [whole]
    while todo:
        frame = todo.pop()
        times[frame.key] += frame.own_ns
        todo.extend(frame.below.values())
    return {key: time for key, time in times.items() if time}


def parts(contents: Contents) -> dict[Key, int]:
    return {
        (it.service, it.operation, it.is_wait): it.total_ns for it in contents.totals.parts if it.total_ns
    }


@pytest.mark.parametrize("mode", ["parent", "link"])
def test_the_frames_of_an_operation_have_what_the_table_says(mode: str) -> None:
    contents = asked([*shop(30), *coupon_request(mode=mode)])
    assert own_times(contents.flame) == parts(contents)
    assert contents.flame.total_ns == contents.totals.total_ns


def test_frames_stand_below_their_callers_through_the_queue() -> None:
    flame = asked(shop(5)).flame
    (root,) = flame.below.values()
    assert root.key == ("shop", "POST /orders", False)
    send = root.below["shop", "send orders", False]
    assert set(send.below) == {("worker", "orders", True), ("worker", "process orders", False)}


def test_frames_fit_into_their_callers_and_do_not_overlap() -> None:
    places = drawn(asked(shop(30)).flame)
    ends: dict[int, int] = {}
    for place in places[1:]:
        caller = places[place.above]
        assert place.left_ns >= ends.get(place.above, caller.left_ns)
        ends[place.above] = place.left_ns + place.frame.total_ns
        assert ends[place.above] <= caller.left_ns + caller.frame.total_ns


def test_a_deep_trace_ends_at_the_deepest_level_with_all_its_time() -> None:
    spans = [span("0", 0, 1000, kind=SpanKind.SERVER)]
    for number in range(1, 300):
        spans.append(span(str(number), number, 1000 - number, parent=spans[-1]))
    contents = asked([Trace(spans)])
    assert max(place.frame.depth for place in drawn(contents.flame)) == DEEPEST
    assert own_times(contents.flame) == parts(contents)


def test_a_recursion_is_one_frame() -> None:
    spans = [span("walk", 0, 100, kind=SpanKind.SERVER)]
    for number in range(1, 20):
        spans.append(span("walk", number, 100 - number, parent=spans[-1]))
    assert [place.frame.key[1] for place in drawn(asked([Trace(spans)]).flame)] == ["all requests", "walk"]


def test_bins_hold_all_calls_of_the_endpoint() -> None:
    contents = asked(shop(150))
    assert len(contents.distributions) == len(contents.endpoints) == 2
    for one, endpoint in zip(contents.distributions, contents.endpoints, strict=True):
        assert (one.service, one.name) == (endpoint.service, endpoint.endpoint)
        assert sum(one.counts) == endpoint.count == 150
        assert list(one.edges_ns) == sorted(one.edges_ns)
        assert endpoint.duration is not None
        assert one.edges_ns[0] <= endpoint.duration.p50_ns <= one.edges_ns[-1] == endpoint.duration.max_ns


def test_calls_that_take_no_time_or_all_the_same_have_bins() -> None:
    same = [
        span("GET /", n, n, kind=SpanKind.SERVER, service="a", trace_id=f"{n + 1:032x}") for n in range(9)
    ]
    (one,) = asked([Trace([it]) for it in same]).distributions
    assert sum(one.counts) == 9


def test_only_the_first_endpoints_are_drawn() -> None:
    traces = [
        Trace([span(f"GET /{n}", 0, n + 1, kind=SpanKind.SERVER, trace_id=f"{n + 1:032x}")])
        for n in range(20)
    ]
    contents = asked(traces)
    assert len(contents.distributions) == DISTRIBUTIONS
    assert contents.distributions[0].name == "GET /19"


def test_waits_over_time_are_those_of_the_messages() -> None:
    contents = asked(shop(150))
    (queue,), (waits,) = contents.queues, contents.waits
    assert (waits.queue, waits.group, waits.service) == ("orders", "pack", "worker")
    assert sum(part.messages for part in waits.slices) == queue.messages == 150
    assert 20 < len(waits.slices) <= SLICES
    assert queue.wait is not None
    assert max(part.p95_ns for part in waits.slices) <= queue.wait.max_ns
    moments = [part.start_ns for part in waits.slices]
    assert moments == sorted(moments)
    assert all(START <= moment <= START + 150 * 500 * 1_000_000 + 10**9 for moment in moments)


def test_a_slice_has_the_percentiles_of_its_own_messages() -> None:
    traces = [
        Trace(
            [
                span(
                    "process q",
                    at,
                    at + 1,
                    kind=SpanKind.CONSUMER,
                    trace_id=f"{n + 1:032x}",
                    attributes={"messaging.destination.name": "q", "messaging.redis.queue_wait_ms": wait},
                )
            ]
        )
        for n, (at, wait) in enumerate([(0.0, 10.0), (0.1, 30.0), (6000.0, 500.0)])
    ]
    first, last = asked(traces).waits[0].slices
    assert (first.messages, first.p50_ns, first.p95_ns) == (2, 20e6, 29e6)
    assert (last.messages, last.p50_ns) == (1, 500e6)


def test_waterfalls_hold_the_whole_request_and_its_path() -> None:
    contents = asked(shop(30))
    assert len(contents.waterfalls) == SLOWEST
    slowest = contents.waterfalls[0]
    table = contents.table
    names = [table.name_of(bar.row) for bar in slowest.bars]
    assert names[:6] == ["POST /orders", *["SELECT items"] * 3, "send orders", "process orders"]
    assert [bar.depth for bar in slowest.bars] == [0, 1, 1, 1, 1, 2, 3]
    assert slowest.bars[5].wait_ns > 0
    assert sum(part.duration_ns for part in slowest.sections) == slowest.call.took_ns
    assert [part.start_ns for part in slowest.sections] == sorted(part.start_ns for part in slowest.sections)


def test_of_a_large_request_the_path_and_the_longest_spans_are_drawn() -> None:
    root = span("GET /", 0, 2000, kind=SpanKind.SERVER)
    calls = [span(f"call {n}", n, n + 1.5, parent=root) for n in range(MOST_BARS + 80)]
    (one,) = asked([Trace([root, *calls])]).waterfalls
    assert len(one.bars) == MOST_BARS
    assert one.left_out == 81


def test_marks_of_a_bar_that_nobody_can_tell_apart_are_one() -> None:
    root = span("GET /", 0, 10_000, kind=SpanKind.SERVER)
    calls = [span("call", 2 * n + 0.5, 2 * n + 1.5, parent=root) for n in range(4_900)]
    contents = asked([Trace([root, *calls])])
    (one,) = contents.waterfalls
    (drawing,) = chart_data(contents)["waterfalls"]
    assert len(one.sections) > 9_000
    of_root = [mark for mark in drawing["path"] if mark["bar"] == 0]
    assert [(mark["from"], mark["to"]) for mark in of_root] == [(0, 10_000_000_000)]
    assert len(drawing["path"]) <= MOST_BARS


def test_producers_of_each_other_have_no_caller_twice() -> None:
    """Two traces whose consumers link to each other's producers: nobody is first, and nothing runs forever."""
    table = _circle()
    requests = Requests(table)
    callers = callers_of(table, requests)
    for row in range(len(table)):
        seen = set()
        while row >= 0:
            assert row not in seen
            seen.add(row)
            row = int(callers[row])


def test_json_in_a_script_element_ends_nothing() -> None:
    text = in_script({"name": EVIL + ODD})
    assert not re.search(r"[<>&]", text)
    assert json.loads(text) == {"name": EVIL + ODD}


def test_the_brute_force_sum_of_paths() -> None:
    """The flame graph once more, from the slowest requests' own paths."""
    contents = asked(shop(SLOWEST))
    times: Counter[Key] = Counter()
    for one in contents.waterfalls:
        times.update(of_one(contents.table, one.call.path))
    assert {key: time for key, time in times.items() if time} == own_times(contents.flame)
    assert np.isclose(sum(times.values()), contents.totals.total_ns)


def _circle() -> SpanTable:
    from analysis.model import Link

    ids = ("a" * 32, "b" * 32)
    spans = []
    for own, other in ((0, 1), (1, 0)):
        consumer = span(
            "process",
            own,
            own + 10,
            kind=SpanKind.CONSUMER,
            trace_id=ids[own],
            span_id=f"{own + 1:016x}",
            links=(Link(ids[other], f"{other + 11:016x}"),),
        )
        spans += [
            consumer,
            span(
                "send",
                own + 1,
                own + 2,
                kind=SpanKind.PRODUCER,
                trace_id=ids[own],
                span_id=f"{own + 11:016x}",
                parent=consumer,
            ),
        ]
    return table_of(spans, None)
