from __future__ import annotations

import pytest

from analysis.errors import UnknownServiceError
from analysis.model import Event, SpanKind, Trace
from analysis.search import Query, matches, matching, require_service
from tests.analysis.samples import MS, START, span

SPAN = span(
    "POST /coupons",
    0,
    400,
    kind=SpanKind.SERVER,
    attributes={"http.route": "/coupons", "n": 5, "f": 0.1234567891234, "b": True, "list": ["a"]},
    error=True,
)
SPAN.events = (Event(START, "exception", {"exception.type": "ValueError"}),)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (Query(), True),
        (Query(service="coupon-api"), True),
        (Query(service="coupon-issuer"), False),
        (Query(operation="POST /coupons"), True),
        (Query(operation="POST"), False),
        (Query(min_duration_ns=400 * MS), True),
        (Query(min_duration_ns=400 * MS + 1), False),
        (Query(max_duration_ns=400 * MS), True),
        (Query(max_duration_ns=400 * MS - 1), False),
        (Query(start_ns=START, end_ns=START), True),
        (Query(start_ns=START + 1), False),
        (Query(end_ns=START - 1), False),
    ],
)
def test_each_condition(query: Query, expected: bool) -> None:
    assert matches(SPAN, query) is expected


@pytest.mark.parametrize(
    ("key", "text", "expected"),
    [
        ("http.route", "/coupons", True),
        ("http.route", "/coupon", False),
        ("n", "5", True),
        ("n", "5.0", True),
        ("n", "x", False),
        ("f", "0.1234567891", True),  # ten digits, as CQL storages keep them
        ("f", "0.1234567", False),
        ("b", "true", True),
        ("b", "True", False),
        ("b", "1", False),
        ("list", "a", False),
        ("service.version", "1.0", True),
        ("service.name", "coupon-api", True),
        ("exception.type", "ValueError", True),
        ("error", "true", True),
        ("error", "false", False),
        ("span.kind", "server", True),
        ("otel.status_code", "ERROR", True),
        ("otel.scope.name", "samples", True),
        ("absent", "", False),
    ],
)
def test_attributes_match_as_text(key: str, text: str, expected: bool) -> None:
    assert matches(SPAN, Query(attributes={key: text})) is expected


def test_all_conditions_must_hold_on_one_span() -> None:
    slow = span("slow", 0, 500, attributes={"a": "1"})
    other = span("other", 0, 1, parent=slow, attributes={"b": "2"})
    trace = Trace([slow, other])
    assert matching([trace], Query(attributes={"a": "1"}, min_duration_ns=MS)) == [trace]
    assert matching([trace], Query(attributes={"a": "1", "b": "2"})) == []
    assert matching([trace], Query(attributes={"b": "2"}, min_duration_ns=2 * MS)) == []


@pytest.mark.parametrize(
    ("asked", "nearest"),
    [("coupon-apu", "coupon-api"), ("Coupon-API", "coupon-api"), ("notifier", "coupon-notifier")],
)
def test_the_nearest_service_is_named(asked: str, nearest: str) -> None:
    with pytest.raises(UnknownServiceError) as caught:
        require_service(asked, ["coupon-api", "coupon-issuer", "coupon-notifier"], "here")
    assert nearest in caught.value.hint


def test_without_a_near_one_all_services_are_named() -> None:
    with pytest.raises(UnknownServiceError) as caught:
        require_service("zzz", ["coupon-api", "redis"], "here")
    assert caught.value.hint == "known services: coupon-api, redis"
    with pytest.raises(UnknownServiceError) as caught:
        require_service("zzz", [], "here")
    assert "no service has sent a trace" in caught.value.hint
