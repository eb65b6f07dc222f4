"""What is taken out of traces, and what changed in their shape."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings

from analysis.columns.building import table_of
from analysis.compare.answer import SideRead, SidesRead, compare_answer
from analysis.compare.comparing import TracesCompared
from analysis.compare.comparing import compare as compare_tables
from analysis.compare.requests import entries_of
from analysis.compare.series import Key, Series, SeriesKind
from analysis.compare.shape import Change, shape_changes
from analysis.compare.values import NEEDED
from analysis.compare.values import series_of as series_of_table
from analysis.coverage import left_out_counts
from analysis.model import Span, SpanKind, Trace, span_index, traces_of
from analysis.queue_wait import queue_wait_ms
from analysis.sources.left_out import LeftOut
from kit.printing import plain
from tests.analysis.made_traces import forests
from tests.analysis.samples import coupon_request, span

if TYPE_CHECKING:
    from analysis.columns.table import SpanTable

ORDERS = "shop", "POST /orders"


def table(traces: list[Trace]) -> SpanTable:
    return table_of((one for trace in traces for one in trace.spans), NEEDED)


def series_of(traces: list[Trace]) -> dict[Key, Series]:
    return series_of_table(table(traces))


def compare(
    before: list[Trace], after: list[Trace], windows_s: tuple[float, float] | None = None
) -> TracesCompared:
    return compare_tables(table(before), table(after), windows_s=windows_s)


def told(found: TracesCompared) -> dict[str, Any]:
    side = SideRead("", "", "", 0, 0, 0, left_out_counts(LeftOut()), complete=True, name="")
    answer: dict[str, Any] = plain(compare_answer(found, SidesRead(side, side)))
    return answer


def test_series_of_a_request_over_two_queues() -> None:
    found = series_of(coupon_request())
    named = {key: one.milliseconds.round(3).tolist() for key, one in found.items()}
    api, issuer, notifier = "coupon-api", "coupon-issuer", "coupon-notifier"
    assert {key: values for key, values in named.items() if key.subject is not SeriesKind.OPERATION} == {
        Key(SeriesKind.ENDPOINT, api, "POST /campaigns/{campaign_id}/coupons"): [11.8],
        Key(SeriesKind.ENDPOINT, api, "POST /deliveries"): [31.4],
        Key(SeriesKind.QUEUE_WAIT, issuer, "coupon.requests"): [52.1],
        Key(SeriesKind.QUEUE_WAIT, notifier, "coupon.issued"): [141.3],
        Key(SeriesKind.QUEUE_PROCESSING, issuer, "coupon.requests"): [39.3],
        Key(SeriesKind.QUEUE_PROCESSING, notifier, "coupon.issued"): [39.2],
    }
    assert named[Key(SeriesKind.OPERATION, api, "GET")] == [0.7]
    assert found[Key(SeriesKind.ENDPOINT, api, "POST /deliveries")].failed.tolist() == [True]


def test_link_mode_has_the_same_series() -> None:
    def values(mode: str) -> dict[Key, list[float]]:
        return {key: one.milliseconds.tolist() for key, one in series_of(coupon_request(mode=mode)).items()}

    assert values("link") == values("parent")


def test_an_endpoint_is_its_method_and_route_or_a_job_and_never_a_call() -> None:
    http = {"http.request.method": "GET", "http.route": "/orders/{id}"}
    traces = [
        Trace([span("GET /orders/7", 0, 5, kind=SpanKind.SERVER, attributes=dict(http))]),
        Trace([span("nightly", 10, 20, trace_id="7" * 32)]),
        Trace([span("lost", 30, 40, parent="f" * 16, kind=SpanKind.CLIENT, trace_id="8" * 32)]),
    ]
    names = [key.name for key in series_of(traces) if key.subject is SeriesKind.ENDPOINT]
    assert names == ["GET /orders/{id}", "nightly"]


@given(forests(most=30, traces=4))
@settings(deadline=None, max_examples=150)
def test_series_and_requests_are_those_of_a_walk_over_the_spans(spans: list[Span]) -> None:
    traces = sorted(traces_of(spans), key=lambda trace: (trace.start_ns, trace.trace_id))
    circular = {id(one) for trace in traces for one in trace.circular}
    expected, unsure = _walked(traces, circular)
    found = series_of(traces)
    assert found.keys() - unsure == expected.keys() - unsure
    for key, one in found.items():
        if key not in unsure:
            assert [
                list(it)
                for it in zip(
                    one.milliseconds.round(6).tolist(),
                    one.failed.tolist(),
                    one.starts_ns.tolist(),
                    strict=True,
                )
            ] == expected[key]
    entries = entries_of(table(traces))
    assert {name: entry.requests for name, entry in entries.items()} == Counter(map(_entry_of, traces))
    for name, entry in entries.items():
        members = [trace for trace in traces if _entry_of(trace) == name]
        for service, operation in {(one.service, one.name) for trace in members for one in trace.spans}:
            own = [
                [one for one in trace.spans if (one.service, one.name) == (service, operation)]
                for trace in members
            ]
            assert entry.counts((service, operation)).tolist() == [len(calls) for calls in own]
            assert entry.self_ms((service, operation)) == pytest.approx(
                [sum(_free(one, trace) for one in calls) for calls, trace in zip(own, members, strict=True)]
            )


def _walked(traces: list[Trace], circular: set[int]) -> tuple[dict[Key, list[list[Any]]], set[Key]]:
    """Values span by span; and the series whose waits a circle of parents makes doubtful."""
    expected: dict[Key, list[list[Any]]] = defaultdict(list)
    unsure = set()
    for trace in traces:
        for one in trace.spans:
            values = [one.duration_ns / 1e6, one.is_error, one.start_ns]
            expected[Key(SeriesKind.OPERATION, one.service, one.name)].append(values)
            if one.kind is SpanKind.CONSUMER:
                queue = str(one.attributes.get("messaging.destination.name", one.name))
                expected[Key(SeriesKind.QUEUE_PROCESSING, one.service, queue)].append(values)
                key = Key(SeriesKind.QUEUE_WAIT, one.service, queue)
                unsure |= {key} if id(one) in circular else set()
                wait = queue_wait_ms(one, span_index(traces))
                if wait is not None:
                    expected[key].append([round(wait, 6), *values[1:]])
            elif one.kind is SpanKind.SERVER or (
                not one.parent_span_id and one.kind in (SpanKind.INTERNAL, SpanKind.UNSPECIFIED)
            ):
                expected[Key(SeriesKind.ENDPOINT, one.service, _endpoint_of(one))].append(values)
    return expected, unsure


def _endpoint_of(one: Span) -> str:
    method, route = one.attributes.get("http.request.method"), one.attributes.get("http.route")
    if one.kind is SpanKind.SERVER and isinstance(method, str) and isinstance(route, str):
        return f"{method} {route}"
    return one.name


def _entry_of(trace: Trace) -> tuple[str, str]:
    return trace.root.service, _endpoint_of(trace.root)


def _free(one: Span, trace: Trace) -> float:
    """Milliseconds in which no child runs: the made traces have no finer times than microseconds."""
    children = trace.children(one)
    return (
        sum(
            not any(child.start_ns <= at < child.end_ns for child in children)
            for at in range(one.start_ns, one.end_ns, 1000)
        )
        / 1000
    )


def _orders(count: int, *, seed: int, calls: int = 1, query_ms: float = 5.0, extra: str = "") -> list[Trace]:
    chance = np.random.default_rng(seed)
    traces = []
    for number in range(count):
        at, trace_id = number * 100.0, f"{seed:016x}{number:016x}"
        took = query_ms * chance.lognormal(0, 0.2, calls)
        root = span(
            "POST /orders", at, at + 4 + took.sum(), kind=SpanKind.SERVER, service="shop", trace_id=trace_id
        )
        spans: list[Span] = [root]
        for one in took:
            spans.append(
                span("SELECT items", at + 1, at + 1 + one, parent=root, service="shop", trace_id=trace_id)
            )
            at += one
        if extra:
            spans.append(span(extra, at + 1, at + 2, parent=root, service="shop", trace_id=trace_id))
        traces.append(Trace(spans))
    return traces


def _shape(before: list[Trace], after: list[Trace]) -> dict[tuple[str, str], tuple[float, float]]:
    found = shape_changes(
        entries_of(table(before)), entries_of(table(after)), least_milliseconds=1.0, least_percent=5.0
    )
    assert all(one.entry == ORDERS for one in found)
    return {(one.change.value, one.operation[1]): (one.before, one.after) for one in found}


def test_an_equal_shape_has_no_changes() -> None:
    assert _shape(_orders(200, seed=1), _orders(200, seed=2)) == {}


def test_an_operation_comes_and_goes() -> None:
    before, after = _orders(200, seed=1, extra="GET price"), _orders(200, seed=2, extra="GET tax")
    assert _shape(before, after) == {(Change.GONE, "GET price"): (1, 0), (Change.ADDED, "GET tax"): (0, 1)}


def test_an_operation_that_is_rare_anyway_is_not_gone() -> None:
    rare = [*_orders(199, seed=1), *_orders(1, seed=3, extra="GET price")]
    assert _shape(rare, _orders(200, seed=2)) == {}
    assert _shape(_orders(10, seed=1, extra="GET price"), _orders(10, seed=2)) == {}


def test_more_calls_and_the_time_they_take() -> None:
    found = _shape(_orders(200, seed=1), _orders(200, seed=2, calls=3))
    assert found[Change.CALLS, "SELECT items"] == (1, 3)
    assert list(found[Change.SELF_TIME, "SELECT items"]) == pytest.approx([5, 15], rel=0.1)
    assert len(found) == 2


def test_a_slower_call_is_found_as_what_slows_the_request() -> None:
    report = compare(_orders(300, seed=1), _orders(300, seed=2, query_ms=8.0))
    assert report.verdict == "slower"
    assert [(one.change, one.operation[1]) for one in report.shape] == [(Change.SELF_TIME, "SELECT items")]
    slower = {one.key.name for one in report.operations if one.verdict == "slower"}
    assert slower == {"POST /orders", "SELECT items"}
    assert report.other_load == []


def test_more_requests_of_one_kind_are_no_change_of_shape_but_another_load() -> None:
    report = compare(_orders(300, seed=1), _orders(300, seed=2), windows_s=(30.0, 60.0))
    assert (report.verdict, report.errors, list(report.shape)) == ("no change", "no change", [])
    (load,) = report.other_load
    assert load.request_rate.before == 10
    assert load.request_rate.after == 5


def test_endpoints_that_only_one_side_has_are_named() -> None:
    other = [Trace([span("GET /orders", 0, 1, kind=SpanKind.SERVER)])]
    report = compare(_orders(60, seed=1), other)
    assert report.verdict == "not enough data"
    answer = told(report)
    assert [one["name"] for one in answer["only_before"]] == ["POST /orders"]
    assert [one["name"] for one in answer["only_after"]] == ["GET /orders"]


def test_of_nothing_there_is_not_enough() -> None:
    report = compare([], _orders(60, seed=1))
    assert (report.verdict, report.traces, list(report.shape)) == ("not enough data", (0, 60), [])


def test_the_order_of_traces_does_not_matter() -> None:
    before, after = _orders(80, seed=1), _orders(80, seed=2, query_ms=7)
    assert told(compare(before, after)) == told(compare(before[::-1], after[::-1]))
