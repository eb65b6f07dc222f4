"""What is taken out of traces, and what changed in their shape."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.compare.report import compare, plain
from analysis.compare.series import Key, Subject, series_of
from analysis.compare.shape import Change, self_times_ms, shape_changes
from analysis.model import Span, SpanKind, Trace
from tests.analysis.samples import coupon_request, span

ORDERS = "shop", "POST /orders"


def test_series_of_a_request_over_two_queues() -> None:
    found = series_of(coupon_request())
    named = {key: one.milliseconds.round(3).tolist() for key, one in found.items()}
    api, issuer, notifier = "coupon-api", "coupon-issuer", "coupon-notifier"
    assert {key: values for key, values in named.items() if key.subject is not Subject.OPERATION} == {
        Key(Subject.ENDPOINT, api, "POST /campaigns/{campaign_id}/coupons"): [11.8],
        Key(Subject.ENDPOINT, api, "POST /deliveries"): [31.4],
        Key(Subject.QUEUE_WAIT, issuer, "coupon.requests"): [52.1],
        Key(Subject.QUEUE_WAIT, notifier, "coupon.issued"): [141.3],
        Key(Subject.QUEUE_PROCESSING, issuer, "coupon.requests"): [39.3],
        Key(Subject.QUEUE_PROCESSING, notifier, "coupon.issued"): [39.2],
    }
    assert named[Key(Subject.OPERATION, api, "GET")] == [0.7]
    assert found[Key(Subject.ENDPOINT, api, "POST /deliveries")].failed.tolist() == [True]


def test_link_mode_has_the_same_series() -> None:
    def values(mode: str) -> dict[Key, list[float]]:
        return {key: one.milliseconds.tolist() for key, one in series_of(coupon_request(mode=mode)).items()}

    assert values("link") == values("parent")


def test_an_endpoint_is_its_method_and_route_and_a_job_its_root() -> None:
    http = {"http.request.method": "GET", "http.route": "/orders/{id}"}
    traces = [
        Trace([span("GET /orders/7", 0, 5, kind=SpanKind.SERVER, attributes=dict(http))]),
        Trace([span("nightly", 10, 20, trace_id="7" * 32)]),
        Trace([span("lost", 30, 40, parent="f" * 16, kind=SpanKind.CLIENT, trace_id="8" * 32)]),
    ]
    names = [key.name for key in series_of(traces) if key.subject is Subject.ENDPOINT]
    assert names == ["GET /orders/{id}", "lost", "nightly"]


# root      |----------------------------|  0..30: 30 - 12 (2..14) - 5 (25..30) = 13
#   early     |------|                      2..10: 8
#   late          |------|                  6..14: 8
#   outlives                        |-------------|  25..45: 20
def test_self_time_is_what_no_child_covers() -> None:
    root = span("root", 0, 30)
    early, late = span("early", 2, 10, parent=root), span("late", 6, 14, parent=root)
    outlives = span("outlives", 25, 45, parent=root)
    own = self_times_ms(Trace([root, early, late, outlives]))
    assert [own[id(one)] for one in (root, early, late, outlives)] == [13, 8, 8, 20]


@given(st.lists(st.tuples(st.integers(-20, 60), st.integers(0, 40)), max_size=8))
def test_self_time_equals_a_count_of_milliseconds(children: list[tuple[int, int]]) -> None:
    root = span("root", 0, 30)
    below = [span("child", start, start + took, parent=root) for start, took in children]
    own = self_times_ms(Trace([root, *below]))
    free = sum(not any(one <= at < one + took for one, took in children) for at in range(30))
    assert own[id(root)] == free


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
    found = shape_changes(before, after, least_milliseconds=1.0, least_percent=5.0)
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
    answer = plain(report)
    assert [one["name"] for one in answer["only_before"]] == ["POST /orders"]
    assert [one["name"] for one in answer["only_after"]] == ["GET /orders"]


def test_the_order_of_traces_does_not_matter() -> None:
    before, after = _orders(80, seed=1), _orders(80, seed=2, query_ms=7)
    assert plain(compare(before, after)) == plain(compare(before[::-1], after[::-1]))
