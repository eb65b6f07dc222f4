from __future__ import annotations

import copy
from typing import Any

import pytest

from analysis.errors import FormatError
from analysis.model import SpanKind, StatusCode, Trace
from analysis.sources.otlp_json import UNNAMED_SERVICE, spans_of
from tests.analysis.encoders import otlp
from tests.analysis.samples import coupon_request

# As Jaeger 2.13's api/v3 answers, shortened.
DOCUMENT: dict[str, Any] = {
    "resourceSpans": [
        {
            "resource": {
                "attributes": [
                    {"key": "service.name", "value": {"stringValue": "coupon-api"}},
                    {"key": "service.version", "value": {"stringValue": "1.0"}},
                ]
            },
            "scopeSpans": [
                {
                    "scope": {"name": "asgi", "version": "1"},
                    "spans": [
                        {
                            "traceId": "5b8efff798038103d269b633813fc60c",
                            "spanId": "eee19b7ec3c1b174",
                            "parentSpanId": "eee19b7ec3c1b173",
                            "name": "POST /coupons",
                            "kind": 2,
                            "startTimeUnixNano": "1795260710568961842",
                            "endTimeUnixNano": "1795260710968961965",
                            "attributes": [
                                {"key": "n", "value": {"intValue": "5"}},
                                {"key": "f", "value": {"doubleValue": 1.5}},
                                {"key": "nan", "value": {"doubleValue": "Infinity"}},
                                {"key": "b", "value": {"boolValue": True}},
                                {"key": "bytes", "value": {"bytesValue": "AQI="}},
                                {"key": "list", "value": {"arrayValue": {"values": [{"intValue": "2"}, {}]}}},
                                {
                                    "key": "map",
                                    "value": {
                                        "kvlistValue": {
                                            "values": [{"key": "x", "value": {"stringValue": "y"}}]
                                        }
                                    },
                                },
                                {"key": "nothing", "value": {}},
                            ],
                            "events": [
                                {
                                    "timeUnixNano": "1795260710568966842",
                                    "name": "exception",
                                    "attributes": [{"key": "exception.type", "value": {"stringValue": "E"}}],
                                }
                            ],
                            "links": [
                                {
                                    "traceId": "0af7651916cd43dd8448eb211c80319c",
                                    "spanId": "b7ad6b7169203331",
                                    "attributes": [{"key": "l", "value": {"intValue": "1"}}],
                                }
                            ],
                            "status": {"message": "boom", "code": 2},
                        }
                    ],
                }
            ],
        }
    ]
}


def _changed(**fields: Any) -> dict[str, Any]:
    document = copy.deepcopy(DOCUMENT)
    document["resourceSpans"][0]["scopeSpans"][0]["spans"][0].update(fields)
    return document


def test_a_span_as_jaeger_answers_it() -> None:
    (span,) = spans_of(DOCUMENT)
    assert span.trace_id == "5b8efff798038103d269b633813fc60c"
    assert (span.span_id, span.parent_span_id) == ("eee19b7ec3c1b174", "eee19b7ec3c1b173")
    assert (span.service, span.resource, span.scope) == ("coupon-api", {"service.version": "1.0"}, "asgi")
    assert (span.kind, span.status, span.status_message) == (SpanKind.SERVER, StatusCode.ERROR, "boom")
    assert (span.start_ns, span.duration_ns) == (1795260710568961842, 400000123)
    assert span.attributes == {
        "n": 5,
        "f": 1.5,
        "nan": float("inf"),
        "b": True,
        "bytes": b"\x01\x02",
        "list": [2, None],
        "map": {"x": "y"},
        "nothing": None,
    }
    assert span.events[0].attributes == {"exception.type": "E"}
    assert span.links[0].trace_id == "0af7651916cd43dd8448eb211c80319c"


def test_the_spelling_of_plain_protobuf_json_is_understood() -> None:
    (span,) = spans_of(
        _changed(
            traceId="W47/95gDgQPSabYzgT/GDA==",
            spanId="7uGbfsPBsXQ=",
            parentSpanId="AAAAAAAAAAA=",
            kind="SPAN_KIND_SERVER",
            startTimeUnixNano=1795260710568961842,
            status={"code": "STATUS_CODE_ERROR"},
        )
    )
    assert (span.trace_id, span.span_id) == ("5b8efff798038103d269b633813fc60c", "eee19b7ec3c1b174")
    assert span.parent_span_id == ""
    assert (span.kind, span.status, span.start_ns) == (SpanKind.SERVER, StatusCode.ERROR, 1795260710568961842)


def test_what_a_writer_leaves_out_has_its_default() -> None:
    (span,) = spans_of(
        {"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "A" * 32, "spanId": "b" * 16}]}]}]}
    )
    assert (span.trace_id, span.parent_span_id, span.name) == ("a" * 32, "", "")
    assert (span.kind, span.status, span.service) == (SpanKind.UNSPECIFIED, StatusCode.UNSET, UNNAMED_SERVICE)
    assert (span.start_ns, span.end_ns, span.attributes) == (0, 0, {})


@pytest.mark.parametrize(
    ("fields", "place", "what"),
    [
        ({"spanId": "xyz"}, ".spanId", "16 hexadecimal digits"),
        ({"spanId": None}, ".spanId", "16 hexadecimal digits"),
        ({"spanId": "0" * 16}, ".spanId", "16 hexadecimal digits"),
        ({"traceId": 5}, ".traceId", "32 hexadecimal digits"),
        ({"startTimeUnixNano": "soon"}, ".startTimeUnixNano", "'soon'"),
        ({"kind": 9}, ".kind", "found 9"),
        ({"status": {"code": "BAD"}}, ".code", "'BAD'"),
        ({"attributes": [{"value": {}}]}, "", "KeyError"),
        ({"attributes": [{"key": "a", "value": {"stringValue": "a", "intValue": "1"}}]}, "", "ValueError"),
        ({"attributes": 5}, "", "TypeError"),
        ({"events": ["x"]}, "", "AttributeError"),
    ],
)
def test_a_span_that_breaks_the_format_is_named_with_its_place(
    fields: dict[str, Any], place: str, what: str
) -> None:
    with pytest.raises(FormatError) as caught:
        list(spans_of(_changed(**fields)))
    assert caught.value.where == f"resourceSpans[0].scopeSpans[0].spans[0]{place}"
    assert what in caught.value.what


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ({"resourceSpans": {}}, None),
        ({"resourceSpans": {"a": 1}}, "resourceSpans"),
        ({"resourceSpans": [5]}, "resourceSpans[0].resource"),
        ({"resourceSpans": [{"scopeSpans": "x"}]}, "resourceSpans[0].scopeSpans"),
        ({"resourceSpans": [{"resource": {"attributes": [1]}}]}, "resourceSpans[0].resource"),
    ],
)
def test_a_document_that_breaks_the_format_is_named_with_its_place(
    document: dict[str, Any], place: str | None
) -> None:
    if place is None:
        assert list(spans_of(document)) == []
        return
    with pytest.raises(FormatError) as caught:
        list(spans_of(document))
    assert caught.value.where == place


def test_what_jaeger_adds_at_each_reading_is_no_part_of_a_span() -> None:
    (trace,) = coupon_request()
    once, twice = otlp(trace.spans), otlp(trace.spans)
    for document, remarks in ((once, ["clock skew"]), (twice, ["clock skew", "clock skew"])):
        first = document["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
        values = [{"stringValue": remark} for remark in remarks]
        first["attributes"].append({"key": "@jaeger@warnings", "value": {"arrayValue": {"values": values}}})
    assert Trace([*spans_of(once), *spans_of(twice)]) == trace
