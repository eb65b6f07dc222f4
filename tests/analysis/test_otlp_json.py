from __future__ import annotations

import copy
from typing import Any

import pytest

from analysis.model import SpanKind, StatusCode, Trace
from analysis.sources.left_out import LeftOut, Unit
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
    ids = {"traceId": "A" * 32, "spanId": "b" * 16, "startTimeUnixNano": 5}
    (span,) = spans_of({"resourceSpans": [{"scopeSpans": [{"spans": [ids]}]}]})
    assert (span.trace_id, span.parent_span_id, span.name) == ("a" * 32, "", "")
    assert (span.kind, span.status, span.service) == (SpanKind.UNSPECIFIED, StatusCode.UNSET, UNNAMED_SERVICE)
    assert (span.start_ns, span.end_ns, span.attributes) == (5, 0, {})
    assert span.is_unfinished


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"spanId": "xyz"}, "a span id that cannot be read"),
        ({"spanId": None}, "no span id"),
        ({"spanId": "0" * 16}, "a span id of zero"),
        ({"traceId": "0" * 32}, "a trace id of zero"),
        ({"traceId": 5}, "a trace id that cannot be read"),
        ({"parentSpanId": ["a"]}, "a parent's span id that cannot be read"),
        ({"startTimeUnixNano": "soon"}, "a start time that cannot be read"),
        ({"startTimeUnixNano": None}, "no start time"),
        ({"startTimeUnixNano": 0}, "a start time of zero"),
        ({"startTimeUnixNano": 2**63}, "a start time that cannot be read"),
    ],
)
def test_a_span_that_cannot_be_placed_is_left_out_with_its_reason(fields: dict[str, Any], why: str) -> None:
    left_out = LeftOut()
    assert list(spans_of(_changed(**fields), left_out)) == []
    (reason,) = left_out.reasons
    assert (reason.unit, reason.text, reason.count) == (Unit.SPAN, why, 1)
    assert reason.first == "resourceSpans[0].scopeSpans[0].spans[0]"


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"kind": 9}, "an unknown kind"),
        ({"kind": "SPAN_KIND_ODD"}, "an unknown kind"),
        ({"status": {"code": "BAD"}}, "an unknown status code"),
        ({"status": "ERROR"}, "a status that is not an object"),
        ({"name": 5}, "a text that is not a string"),
        ({"endTimeUnixNano": "later"}, "an end time that cannot be read"),
        ({"attributes": [{"value": {}}]}, "an attribute without a key"),
        ({"attributes": [{"key": "", "value": {}}]}, "an attribute without a key"),
        (
            {"attributes": [{"key": "a", "value": {"intValue": "x"}}]},
            "an attribute's value that cannot be read",
        ),
        ({"attributes": [5]}, "an attribute that is not an object"),
        ({"attributes": 5}, "attributes that are not a list"),
        ({"events": ["x"]}, "one of the events that is not an object"),
        ({"events": [{"timeUnixNano": "x"}]}, "an event's time that cannot be read"),
        ({"links": [{"traceId": "x", "spanId": "y"}]}, "a link whose ids cannot be read"),
    ],
)
def test_a_field_that_cannot_be_read_costs_the_field_alone(fields: dict[str, Any], why: str) -> None:
    left_out = LeftOut()
    (span,) = spans_of(_changed(**fields), left_out)
    assert span.trace_id == "5b8efff798038103d269b633813fc60c"
    (reason,) = left_out.reasons
    assert (reason.unit, reason.text, reason.count) == (Unit.FIELD, why, 1)
    assert reason.first.startswith("resourceSpans[0].scopeSpans[0].spans[0].")


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ({"stringValue": "a", "intValue": None}, "a"),
        ({"stringValue": "a", "intValue": "1"}, "a"),
        ({"stringValue": None}, None),
        ({"string_value": "a"}, "a"),
        ({"boolValue": "true"}, True),
        ({"intValue": 5.0}, 5),
        ({"arrayValue": {"values": [None, {}, {"intValue": 1}]}}, [None, None, 1]),
    ],
)
def test_values_are_read_in_other_spellings(value: Any, read: Any) -> None:
    left_out = LeftOut()
    (span,) = spans_of(_changed(attributes=[{"key": "a", "value": value}]), left_out)
    assert span.attributes == {"a": read}
    assert not left_out


@pytest.mark.parametrize(
    ("document", "place", "why"),
    [
        ({"resourceSpans": {"a": 1}}, "resourceSpans", "resourceSpans that is not a list"),
        ({"resourceSpans": [5]}, "resourceSpans[0]", "an entry of resourceSpans that is not an object"),
        (
            {"resourceSpans": [{"scopeSpans": "x"}]},
            "resourceSpans[0].scopeSpans",
            "scopeSpans that is not a list",
        ),
        ({"resourceSpans": [{"resource": {}}]}, "resourceSpans[0]", "an entry without scopeSpans"),
        (
            {"resourceSpans": [{"libSpans": [{}]}]},
            "resourceSpans[0]",
            "'libSpans' instead of scopeSpans",
        ),
        (
            {"resourceSpans": [{"scopeSpans": [{"items": [{}]}]}]},
            "resourceSpans[0].scopeSpans[0]",
            "'items' instead of spans",
        ),
    ],
)
def test_a_part_without_spans_where_they_are_looked_for_is_named(
    document: dict[str, Any], place: str, why: str
) -> None:
    left_out = LeftOut()
    assert list(spans_of(document, left_out)) == []
    assert [(it.unit, it.text, it.first) for it in left_out.reasons] == [(Unit.PART, why, place)]


def test_what_jaeger_adds_at_each_reading_is_no_part_of_a_span() -> None:
    (trace,) = coupon_request()
    once, twice = otlp(trace.spans), otlp(trace.spans)
    for document, remarks in ((once, ["clock skew"]), (twice, ["clock skew", "clock skew"])):
        first = document["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
        values = [{"stringValue": remark} for remark in remarks]
        first["attributes"].append({"key": "@jaeger@warnings", "value": {"arrayValue": {"values": values}}})
    assert Trace([*spans_of(once), *spans_of(twice)]) == trace


def test_an_end_of_jaeger_s_own_making_is_none() -> None:
    text = "Negative duration detected, sanitizing end timestamp. Original end timestamp: 1970-01-01 00:00:00 +0000 UTC"
    remark = {"key": "@jaeger@warnings", "value": {"arrayValue": {"values": [{"stringValue": text}]}}}
    (span,) = spans_of(_changed(attributes=[remark], endTimeUnixNano="1795260710568961843"))
    assert span.is_unfinished
    assert span.attributes == {}
