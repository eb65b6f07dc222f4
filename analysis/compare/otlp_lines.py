"""Writer of traces as JSON lines of OTLP: one trace on a line, grouped by resource and scope.

The round trip is exact: `analysis.sources` reads the same spans, with nanoseconds and types of attributes.
"""

from __future__ import annotations

import base64
import json
import math
from typing import TYPE_CHECKING, Any

from analysis.model import SpanKind, StatusCode
from analysis.sources.otlp_json import WRITTEN_AT_READING

if TYPE_CHECKING:
    from analysis.model import Attributes, AttributeValue, Event, Link, Span, Trace

_KINDS = {kind: number for number, kind in enumerate(SpanKind)}
_STATUSES = {code: number for number, code in enumerate(StatusCode)}


def line(trace: Trace) -> str:
    """Return a trace as one line, without a newline."""
    groups: dict[str, tuple[Span, dict[str, list[Span]]]] = {}
    for span in trace.spans:
        resource = repr((span.service, sorted(span.resource.items(), key=lambda pair: pair[0])))
        _, scopes = groups.setdefault(resource, (span, {}))
        scopes.setdefault(span.scope, []).append(span)
    document = {"resourceSpans": [_resource(first, scopes) for first, scopes in groups.values()]}
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    # Half of a surrogate pair has no UTF-8 form; Python's escape of it is also valid JSON.
    return text.encode("utf-8", "backslashreplace").decode()


def _resource(first: Span, scopes: dict[str, list[Span]]) -> dict[str, Any]:
    return {
        "resource": {"attributes": _attributes({"service.name": first.service, **first.resource})},
        "scopeSpans": [
            {"scope": {"name": name}, "spans": [_span(span) for span in spans]}
            for name, spans in scopes.items()
        ],
    }


def _span(span: Span) -> dict[str, Any]:
    raw: dict[str, Any] = {
        "traceId": span.trace_id,
        "spanId": span.span_id,
        "name": span.name,
        "kind": _KINDS[span.kind],
        "startTimeUnixNano": str(span.start_ns),
        "endTimeUnixNano": str(span.end_ns),
    }
    if span.parent_span_id:
        raw["parentSpanId"] = span.parent_span_id
    if attributes := _attributes(span.attributes):
        raw["attributes"] = attributes
    if span.events:
        raw["events"] = [_event(event) for event in span.events]
    if span.links:
        raw["links"] = [_link(link) for link in span.links]
    status: dict[str, Any] = {"message": span.status_message} if span.status_message else {}
    if span.status is not StatusCode.UNSET:
        status["code"] = _STATUSES[span.status]
    if status:
        raw["status"] = status
    return raw


def _event(event: Event) -> dict[str, Any]:
    return {
        "timeUnixNano": str(event.time_ns),
        "name": event.name,
        "attributes": _attributes(event.attributes),
    }


def _link(link: Link) -> dict[str, Any]:
    return {"traceId": link.trace_id, "spanId": link.span_id, "attributes": _attributes(link.attributes)}


def _attributes(attributes: Attributes) -> list[dict[str, Any]]:
    return [
        {"key": key, "value": _value(value)} for key, value in attributes.items() if key != WRITTEN_AT_READING
    ]


def _value(value: AttributeValue) -> dict[str, Any]:
    match value:
        case None:
            return {}
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value if math.isfinite(value) else _not_finite(value)}
        case bytes():
            return {"bytesValue": base64.b64encode(value).decode()}
        case list():
            return {"arrayValue": {"values": [_value(item) for item in value]}}
        case dict():
            pairs = [{"key": key, "value": _value(item)} for key, item in value.items()]
            return {"kvlistValue": {"values": pairs}}
        case _:
            return {"stringValue": value}


def _not_finite(value: float) -> str:
    """Return protobuf's JSON spelling of NaN and the infinities."""
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"
