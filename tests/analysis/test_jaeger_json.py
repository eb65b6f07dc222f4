from __future__ import annotations

from typing import Any

import pytest

from analysis.model import Link, Span, SpanKind, StatusCode
from analysis.sources.documents import spans_of
from analysis.sources.left_out import LeftOut, Unit

# As Jaeger 2.13's v1 API answers and its UI downloads, shortened.
DOCUMENT: dict[str, Any] = {
    "data": [
        {
            "traceID": "d269b633813fc60c",
            "spans": [
                {
                    "traceID": "d269b633813fc60c",
                    "spanID": "ee19b7ec3c1b174",
                    "operationName": "POST /coupons",
                    "references": [
                        {"refType": "CHILD_OF", "traceID": "d269b633813fc60c", "spanID": "aaa19b7ec3c1b174"},
                        {
                            "refType": "FOLLOWS_FROM",
                            "traceID": "0af7651916cd43dd8448eb211c80319c",
                            "spanID": "b7ad6b7169203331",
                        },
                    ],
                    "startTime": 1795260710568961,
                    "duration": 400000,
                    "tags": [
                        {"key": "http.route", "type": "string", "value": "/coupons"},
                        {"key": "n", "type": "int64", "value": 5},
                        {"key": "bytes", "type": "binary", "value": "AQI="},
                        {"key": "error", "type": "bool", "value": True},
                        {"key": "otel.status_code", "type": "string", "value": "ERROR"},
                        {"key": "otel.status_description", "type": "string", "value": "boom"},
                        {"key": "otel.scope.name", "type": "string", "value": "asgi"},
                        {"key": "otel.scope.version", "type": "string", "value": "1"},
                        {"key": "w3c.tracestate", "type": "string", "value": "a=b"},
                        {"key": "span.kind", "type": "string", "value": "server"},
                    ],
                    "logs": [
                        {
                            "timestamp": 1795260710568966,
                            "fields": [
                                {"key": "event", "type": "string", "value": "exception"},
                                {"key": "exception.type", "type": "string", "value": "E"},
                            ],
                        }
                    ],
                    "processID": "p1",
                    "warnings": None,
                }
            ],
            "processes": {
                "p1": {
                    "serviceName": "coupon-api",
                    "tags": [{"key": "service.version", "type": "string", "value": "1.0"}],
                }
            },
        }
    ]
}


def test_a_span_as_jaeger_downloads_it() -> None:
    (span,) = spans_of(DOCUMENT)
    assert (span.trace_id, span.span_id) == ("0000000000000000d269b633813fc60c", "0ee19b7ec3c1b174")
    assert span.parent_span_id == "aaa19b7ec3c1b174"
    assert span.links == (Link("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"),)
    assert (span.service, span.resource, span.scope) == ("coupon-api", {"service.version": "1.0"}, "asgi")
    assert (span.kind, span.status, span.status_message) == (SpanKind.SERVER, StatusCode.ERROR, "boom")
    assert span.attributes == {"http.route": "/coupons", "n": 5, "bytes": b"\x01\x02"}
    assert (span.start_ns, span.duration_ns) == (1795260710568961000, 400000000)
    assert (span.events[0].name, span.events[0].attributes) == ("exception", {"exception.type": "E"})


def test_one_trace_without_the_envelope_is_understood() -> None:
    assert list(spans_of(DOCUMENT["data"][0])) == list(spans_of(DOCUMENT))


def _changed(**change: Any) -> dict[str, Any]:
    (trace,) = DOCUMENT["data"]
    return {"data": [{**trace, "spans": [{**trace["spans"][0], **change}]}]}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"startTime": "soon"}, "a start time that cannot be read"),
        ({"startTime": None}, "no start time"),
        ({"spanID": "xyz"}, "a span id that cannot be read"),
        ({"spanID": "1" * 17}, "a span id that cannot be read"),
        ({"spanID": None}, "no span id"),
        ({"traceID": "0" * 32}, "no trace id"),
        ({"references": [{"refType": "CHILD_OF", "spanID": "?"}]}, "a parent's span id that cannot be read"),
    ],
)
def test_a_span_that_cannot_be_placed_is_left_out_with_its_reason(change: dict[str, Any], why: str) -> None:
    left_out = LeftOut()
    assert list(spans_of(_changed(**change), left_out)) == []
    assert [(it.unit, it.text, it.first) for it in left_out.reasons] == [(Unit.SPAN, why, "data[0].spans[0]")]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"processID": "p2"}, "a process that is not in the trace"),
        ({"tags": [{"value": 1}]}, "an attribute without a key"),
        ({"tags": [{"key": "n", "type": "int64", "value": "x"}]}, "an attribute's value that cannot be read"),
        ({"tags": 5}, "tags that are not a list"),
        ({"duration": "long"}, "a duration that cannot be read"),
        ({"operationName": 5}, "a text that is not a string"),
        ({"logs": [{"timestamp": "x", "fields": []}]}, "an event's time that cannot be read"),
    ],
)
def test_a_field_that_cannot_be_read_costs_the_field_alone(change: dict[str, Any], why: str) -> None:
    left_out = LeftOut()
    (span,) = spans_of(_changed(**change), left_out)
    assert span.span_id == "0ee19b7ec3c1b174"
    assert [(it.unit, it.text, it.count) for it in left_out.reasons] == [(Unit.FIELD, why, 1)]


@pytest.mark.parametrize("document", [{"data": 5}, {"data": [{"spans": 5}]}, {"data": ["x"]}])
def test_a_document_of_another_shape_is_counted(document: dict[str, Any]) -> None:
    left_out = LeftOut()
    assert list(spans_of(document, left_out)) == []
    assert [(it.unit, it.count) for it in left_out.reasons] == [(Unit.PART, 1)]


def _references(*references: tuple[str, str, str]) -> Span:
    raw = [{"refType": kind, "traceID": trace, "spanID": span} for kind, trace, span in references]
    (span,) = spans_of(_changed(traceID="a" * 32, references=raw))
    return span


@pytest.mark.parametrize(
    ("references", "parent"),
    [
        ([], ""),
        ([("FOLLOWS_FROM", "a" * 32, "b" * 16)], "b" * 16),
        ([("FOLLOWS_FROM", "c" * 32, "b" * 16)], ""),
        ([("FOLLOWS_FROM", "c" * 32, "b" * 16), ("FOLLOWS_FROM", "a" * 32, "d" * 16)], "d" * 16),
        ([("FOLLOWS_FROM", "a" * 32, "b" * 16), ("CHILD_OF", "a" * 32, "d" * 16)], "d" * 16),
        ([("FOLLOWS_FROM", "a" * 32, "0ee19b7ec3c1b174")], ""),
        ([("CHILD_OF", "c" * 32, "b" * 16), ("FOLLOWS_FROM", "a" * 32, "d" * 16)], "d" * 16),
    ],
)
def test_the_parent_is_the_one_of_jaeger_s_rule(references: list[tuple[str, str, str]], parent: str) -> None:
    assert _references(*references).parent_span_id == parent


@pytest.mark.parametrize(
    ("tag", "failed", "message"),
    [
        ({"type": "bool", "value": True}, True, ""),
        ({"type": "bool", "value": "true"}, True, ""),
        ({"type": "string", "value": "true"}, True, ""),
        ({"type": "string", "value": "True"}, True, ""),
        ({"value": "no such coupon"}, True, "no such coupon"),
        ({"type": "int64", "value": 1}, True, ""),
        ({"type": "int64", "value": "5"}, True, ""),
        ({"type": "float64", "value": 0.5}, True, ""),
        ({"type": "bool", "value": False}, False, ""),
        ({"type": "bool", "value": "false"}, False, ""),
        ({"type": "string", "value": "False"}, False, ""),
        ({"type": "string", "value": ""}, False, ""),
        ({"type": "string", "value": "0"}, False, ""),
        ({"type": "int64", "value": 0}, False, ""),
        ({"type": "string", "value": None}, False, ""),
    ],
)
def test_a_tag_error_counts_as_in_jaeger_s_ui(tag: dict[str, Any], failed: bool, message: str) -> None:
    (span,) = spans_of(_changed(tags=[{"key": "error", **tag}]))
    assert (span.is_error, span.status_message) == (failed, message)


@pytest.mark.parametrize("duration", [None, -1, -(10**12), "missing"])
def test_a_duration_that_is_not_known_is_not_zero(duration: Any) -> None:
    (span,) = spans_of(_changed(duration=duration))
    assert span.is_unfinished
