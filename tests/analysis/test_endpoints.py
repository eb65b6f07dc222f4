"""The endpoint table against a count by hand, and against a plain computation over any traces."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest
from hypothesis import given, settings

from analysis.columns.building import table_of
from analysis.endpoints import NEEDED, Endpoint, endpoint_rows, endpoints
from analysis.errors import QuestionError
from analysis.model import Span, SpanKind, Trace, traces_of
from analysis.objectives import (
    OF_CALLS,
    OF_ENDPOINTS,
    OF_PATHS,
    Measure,
    Objective,
    Outcome,
    judge,
    parse_objective,
    unmatched,
)
from analysis.search import Query
from analysis.selection import attribute_keys, chosen
from tests.analysis.made_traces import forests
from tests.analysis.samples import MS, coupon_request, span


def _endpoints(spans: list[Span], query: Query | None = None, *objectives: str) -> list[Endpoint]:
    query = query or Query()
    table = table_of(spans, [*NEEDED, *attribute_keys(query)])
    calls = endpoint_rows(table, chosen(table, query), query.operation)
    return endpoints(
        table, calls, window_ns=10_000 * MS, objectives=[parse_objective(one) for one in objectives]
    )


def test_a_coupon_s_endpoints_by_hand() -> None:
    """From the drawing in `samples.coupon_request`; times in ms.

    POST        0 ─────── 11.8   Redis: GET 0.7 (not marked as Redis), send 1.3
    process          62.4 ────── 101.7   waited 52.1, pool wait 14.7, INSERT 17.4, EVALSHA 1.1, send 1.4
    """
    found = {it.endpoint: it for it in _endpoints(coupon_request()[0].spans)}
    assert set(found) == {
        "POST /campaigns/{campaign_id}/coupons",
        "process coupon.requests",
        "process coupon.issued",
        "POST /deliveries",
    }
    process = found["process coupon.requests"]
    assert (process.service, process.kind, process.count, process.errors) == (
        "coupon-issuer",
        "consumer",
        1,
        0,
    )
    assert process.total_ns == round(39.3 * MS)
    assert process.self_ns == pytest.approx((39.3 - 1.1 - 14.7 - 17.4 - 1.4) * MS)
    assert process.time_in["redis"] == pytest.approx(1.4 / (39.3 + 52.1))
    assert process.time_in["queue"] == pytest.approx(52.1 / (39.3 + 52.1))
    assert process.rate_per_s == pytest.approx(0.1)
    assert process.impact == pytest.approx(0.1 * 0.0393)
    assert found["POST /deliveries"].errors == 1


def test_calls_side_by_side_count_once_and_those_of_another_service_not_at_all() -> None:
    """
    POST   0 ──────────────────────── 100   coupon-api
      SELECT  10 ─────── 40
      SELECT       20 ───────── 60
      HTTP                          70 ── 90
        GET                          71 ─ 89   coupon-issuer, another endpoint
          SELECT                      75 80
    """
    sql = {"db.system": "postgresql"}
    post = span("POST", 0, 100, kind=SpanKind.SERVER)
    spans = [
        post,
        span("SELECT", 10, 40, parent=post, kind=SpanKind.CLIENT, attributes=dict(sql)),
        span("SELECT", 20, 60, parent=post, kind=SpanKind.CLIENT, attributes=dict(sql)),
    ]
    call = span("GET", 70, 90, parent=post, kind=SpanKind.CLIENT, attributes={"http.method": "GET"})
    get = span("GET", 71, 89, parent=call, kind=SpanKind.SERVER, service="coupon-issuer")
    below = span(
        "SELECT", 75, 80, parent=get, kind=SpanKind.CLIENT, attributes=dict(sql), service="coupon-issuer"
    )
    found = {it.service: it for it in _endpoints([*spans, call, get, below])}
    assert found["coupon-api"].time_in == {"db": 0.5, "redis": 0, "http": 0.2, "queue": 0}
    assert found["coupon-issuer"].time_in["db"] == pytest.approx(5 / 18)


def test_the_name_is_the_route_with_its_method_where_both_are_told() -> None:
    route = {"http.request.method": "POST", "http.route": "/coupons"}
    spans = [
        span("POST", 0, 1, kind=SpanKind.SERVER, attributes=dict(route)),
        span("POST /coupons", 2, 3, kind=SpanKind.SERVER),
        span("POST", 4, 5, kind=SpanKind.SERVER, attributes={"http.route": "/coupons"}),
        span("nightly", 6, 7),
        span("ask", 8, 9, kind=SpanKind.CLIENT),
    ]
    assert {(it.endpoint, it.kind): it.count for it in _endpoints(spans)} == {
        ("POST /coupons", "server"): 2,
        ("POST", "server"): 1,
        ("nightly", "internal"): 1,
    }


def _linear(samples: list[int], percent: float) -> float:
    samples = sorted(samples)
    rank = (len(samples) - 1) * percent / 100
    low = math.floor(rank)
    high = min(low + 1, len(samples) - 1)
    return samples[low] + (samples[high] - samples[low]) * (rank - low)


def _is_endpoint(one: Span) -> bool:
    own_work = one.kind in {SpanKind.INTERNAL, SpanKind.UNSPECIFIED} and not one.parent_span_id
    return one.kind in {SpanKind.SERVER, SpanKind.CONSUMER} or own_work


def _name(one: Span) -> str:
    if one.kind is SpanKind.SERVER and "http.route" in one.attributes:
        return " ".join(str(one.attributes[key]) for key in ("http.request.method", "http.route"))
    return one.name


def _nearest_endpoint(trace: Trace, below: Span) -> Span | None:
    parents = {id(child): one for one in trace.spans for child in trace.children(one)}
    up: Span | None = parents.get(id(below)) if not _is_endpoint(below) else None
    while up is not None and not _is_endpoint(up):
        up = parents.get(id(up))
    return up


def _moments_in_db(trace: Trace, endpoint: Span) -> int:
    calls = [
        one
        for one in trace.spans
        if one.attributes.get("db.system.name") == "postgresql" and _nearest_endpoint(trace, one) is endpoint
    ]
    return sum(
        1000
        for moment in range(endpoint.start_ns, endpoint.end_ns, 1000)
        if any(one.start_ns <= moment < one.end_ns for one in calls)
    )


@given(forests(most=25))
@settings(deadline=None, max_examples=50)
def test_counts_percentiles_and_shares_equal_a_plain_computation(spans: list[Span]) -> None:
    traces = traces_of(spans)
    found = _endpoints(spans)
    groups: dict[tuple[str, str], list[tuple[Trace, Span]]] = {}
    for trace in traces:
        for one in trace.spans:
            if _is_endpoint(one):
                groups.setdefault((one.service, _name(one)), []).append((trace, one))
    assert {(it.service, it.endpoint) for it in found} == set(groups)
    all_time = sum(one.duration_ns for members in groups.values() for _, one in members)
    for it in found:
        members = groups[it.service, it.endpoint]
        took = [one.duration_ns for _, one in members]
        assert it.duration is not None
        assert it.count == it.duration.count == len(members)
        assert it.errors == sum(one.is_error for _, one in members)
        for percent, value in ((50, it.duration.p50_ns), (95, it.duration.p95_ns), (99, it.duration.p99_ns)):
            assert value == pytest.approx(_linear(took, percent))
        assert it.total_ns == sum(took)
        assert it.impact_share == pytest.approx(sum(took) / max(1, all_time))
        assert it.impact == pytest.approx(len(members) / 10 * statistics.fmean(took) / 1e9)
        waited = 0 if it.queue_wait is None else it.queue_wait.mean_ns * it.queue_wait.count
        in_db = sum(_moments_in_db(trace, one) for trace, one in members)
        assert it.time_in["db"] == pytest.approx(in_db / max(1, sum(took) + waited))


@pytest.mark.parametrize(
    ("query", "names"),
    [
        (Query(service="coupon-issuer"), {"process coupon.requests"}),
        (Query(operation="POST /deliveries"), {"POST /deliveries"}),
        (Query(attributes={"error": "true"}), {"POST /deliveries"}),
        (Query(attributes={"messaging.destination.name": "coupon.issued"}), {"process coupon.issued"}),
        (Query(attributes={"messaging.destination.name": "coupon"}), set()),
        (Query(attributes={"span.kind": "consumer"}, max_duration_ns=39_250_000), {"process coupon.issued"}),
        (
            Query(attributes={"messaging.redis.queue_wait_ms": "52.10"}, min_duration_ns=39 * MS),
            {"process coupon.requests"},
        ),
    ],
)
def test_only_what_is_asked_for_counts(query: Query, names: set[str]) -> None:
    assert {it.endpoint for it in _endpoints(coupon_request()[0].spans, query)} == names


@pytest.mark.parametrize(
    ("text", "objective"),
    [
        (
            "coupon-api:POST /coupons:p99<400ms",
            Objective("coupon-api", "POST /coupons", Measure.P99, 400 * MS),
        ),
        ("coupon-api:p50 <= 1.5s", Objective("coupon-api", None, Measure.P50, 1_500 * MS)),
        ("a:GET /v1/x:batch:wait_p95<2s", Objective("a", "GET /v1/x:batch", Measure.WAIT_P95, 2_000 * MS)),
        ("coupon-api:success>99.5%", Objective("coupon-api", None, Measure.SUCCESS, 0.995)),
    ],
)
def test_objectives_are_read(text: str, objective: Objective) -> None:
    assert parse_objective(text) == objective
    assert parse_objective(str(objective)) == objective


@pytest.mark.parametrize(
    "text",
    ["", "p99<400ms", "a:p98<4s", "a:p99<400", "a:p99>4s", "a:success<99%", "a:success>0.99", "a:success>x%"],
)
def test_an_objective_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(QuestionError, match="--objective"):
        parse_objective(text)


@pytest.mark.parametrize(
    ("text", "measures", "objective"),
    [
        ("*:max<2s", OF_CALLS, Objective("*", None, Measure.MAX, 2_000 * MS)),
        ("a:INSERT coupons:share<20%", OF_PATHS, Objective("a", "INSERT coupons", Measure.SHARE, 0.2)),
        ("a:q:wait_time<5ms", OF_PATHS, Objective("a", "q", Measure.WAIT_TIME, 5 * MS)),
    ],
)
def test_objectives_of_calls_and_of_paths_are_read(
    text: str, measures: tuple[Measure, ...], objective: Objective
) -> None:
    assert parse_objective(text, measures) == objective
    assert parse_objective(str(objective), measures) == objective


def test_a_measure_that_is_judged_elsewhere_is_told_with_where() -> None:
    for text, measures, verb in (
        ("a:max<2s", OF_ENDPOINTS, "slowest"),
        ("a:share<2%", OF_CALLS, "critical-path"),
        ("a:p99<2s", OF_PATHS, "endpoints"),
    ):
        with pytest.raises(QuestionError, match=f"a measure of `kit traces {verb}`") as told:
            parse_objective(text, measures)
        assert all(measure.value in told.value.hint for measure in measures)


def test_objectives_are_judged_where_there_is_enough_to_judge() -> None:
    calls = [
        span("POST", n, n + (90 if n < 6 else 10), kind=SpanKind.SERVER, error=n < 2) for n in range(100)
    ]

    def outcomes(spans: list[Span], *objectives: str) -> list[Outcome]:
        return [verdict.outcome for it in _endpoints(spans, None, *objectives) for verdict in it.objectives]

    assert outcomes(calls, "coupon-api:p50<10ms", "coupon-api:p95<80ms", "coupon-api:POST:p99<95ms") == [
        Outcome.MET,
        Outcome.MISSED,
        Outcome.MET,
    ]
    assert outcomes(calls, "coupon-api:success>98%", "coupon-api:success>99%") == [
        Outcome.MET,
        Outcome.MISSED,
    ]
    assert outcomes(calls[:99], "coupon-api:p99<1ms", "coupon-api:success>99%", "other:p50<1s") == [
        Outcome.NOT_ENOUGH_DATA,
        Outcome.NOT_ENOUGH_DATA,
    ]
    assert outcomes(calls, "coupon-api:wait_p50<1s") == [Outcome.NOT_ENOUGH_DATA]
    (without,) = unmatched([parse_objective("other:p50<1s")], [])
    assert without.outcome is Outcome.NOT_ENOUGH_DATA


def test_a_measured_limit_is_within_the_objective() -> None:
    objective = parse_objective("a:p50<5ms")
    assert judge(objective, 5 * MS, 2).outcome is Outcome.MET
    assert judge(objective, np.nextafter(5 * MS, np.inf), 2).outcome is Outcome.MISSED


def test_a_p99_of_fewer_than_a_hundred_is_marked() -> None:
    calls = [span("POST", n, n + 1, kind=SpanKind.SERVER) for n in range(100)]
    enough, few = (_endpoints(some)[0].duration for some in (calls, calls[1:]))
    assert enough is not None
    assert few is not None
    assert enough.p99_is_sound
    assert not few.p99_is_sound
