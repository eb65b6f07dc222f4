"""Traces written the way the outside world writes them: OTLP JSON, and Jaeger's own JSON."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from analysis.model import SpanKind, StatusCode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.model import Attributes, AttributeValue, Event, Span


def otlp(spans: Iterable[Span]) -> dict[str, Any]:
    """One OTLP JSON document, with a resource for each span as Jaeger on Cassandra answers."""
    return {"resourceSpans": [_resource_spans(span) for span in spans]}


def _resource_spans(span: Span) -> dict[str, Any]:
    resource: Attributes = {"service.name": span.service, **span.resource}
    return {
        "resource": {"attributes": _pairs(resource)},
        "scopeSpans": [{"scope": {"name": span.scope}, "spans": [_otlp_span(span)]}],
    }


def _otlp_span(span: Span) -> dict[str, Any]:
    status: dict[str, Any] = {"message": span.status_message} if span.status_message else {}
    if span.status is not StatusCode.UNSET:
        status["code"] = list(StatusCode).index(span.status)
    raw: dict[str, Any] = {
        "traceId": span.trace_id,
        "spanId": span.span_id,
        "name": span.name,
        "startTimeUnixNano": str(span.start_ns),
        "endTimeUnixNano": str(span.end_ns),
        "attributes": _pairs(span.attributes),
        "events": [
            {"timeUnixNano": str(event.time_ns), "name": event.name, "attributes": _pairs(event.attributes)}
            for event in span.events
        ],
        "links": [
            {"traceId": link.trace_id, "spanId": link.span_id, "attributes": _pairs(link.attributes)}
            for link in span.links
        ],
        "status": status,
    }
    if span.parent_span_id:
        raw["parentSpanId"] = span.parent_span_id
    if span.kind is not SpanKind.UNSPECIFIED:
        raw["kind"] = list(SpanKind).index(span.kind)
    return raw


def _pairs(attributes: Attributes) -> list[dict[str, Any]]:
    return [{"key": key, "value": _otlp_value(value)} for key, value in attributes.items()]


def _otlp_value(value: AttributeValue) -> dict[str, Any]:
    match value:
        case None:
            return {}
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case bytes():
            return {"bytesValue": base64.b64encode(value).decode()}
        case list():
            return {"arrayValue": {"values": [_otlp_value(item) for item in value]}}
        case dict():
            return {"kvlistValue": {"values": _pairs(value)}}
        case _:
            return {"stringValue": value}


def jaeger_ui(spans: Iterable[Span]) -> dict[str, Any]:
    """Jaeger's JSON download; times become microseconds, as they do there."""
    traces: dict[str, dict[str, Any]] = {}
    for number, span in enumerate(spans, start=1):
        trace = traces.setdefault(span.trace_id, {"traceID": span.trace_id, "spans": [], "processes": {}})
        trace["processes"][f"p{number}"] = {"serviceName": span.service, "tags": _tags(span.resource)}
        trace["spans"].append(_jaeger_span(span, f"p{number}"))
    return {"data": list(traces.values()), "total": 0, "limit": 0, "offset": 0, "errors": None}


def _jaeger_span(span: Span, process: str) -> dict[str, Any]:
    folded: Attributes = {"otel.scope.name": span.scope} if span.scope else {}
    if span.kind is not SpanKind.UNSPECIFIED:
        folded["span.kind"] = span.kind.value
    if span.status is not StatusCode.UNSET:
        folded["otel.status_code"] = span.status.name
    if span.is_error:
        folded["error"] = True
    if span.status_message:
        folded["otel.status_description"] = span.status_message
    references = [
        {"refType": "FOLLOWS_FROM", "traceID": link.trace_id, "spanID": link.span_id} for link in span.links
    ]
    if span.parent_span_id:
        parent = {"refType": "CHILD_OF", "traceID": span.trace_id, "spanID": span.parent_span_id}
        references.insert(0, parent)
    return {
        "traceID": span.trace_id,
        "spanID": span.span_id,
        "operationName": span.name,
        "references": references,
        "startTime": span.start_ns // 1_000,
        "duration": span.duration_ns // 1_000,
        "tags": _tags({**span.attributes, **folded}),
        "logs": [_log(event) for event in span.events],
        "processID": process,
        "warnings": None,
    }


def _log(event: Event) -> dict[str, Any]:
    fields: Attributes = {"event": event.name, **event.attributes}
    return {"timestamp": event.time_ns // 1_000, "fields": _tags(fields)}


def _tags(attributes: Attributes) -> list[dict[str, Any]]:
    names = {bool: "bool", int: "int64", float: "float64", bytes: "binary"}
    return [
        {
            "key": key,
            "type": names.get(type(value), "string"),
            "value": base64.b64encode(value).decode() if isinstance(value, bytes) else value,
        }
        for key, value in attributes.items()
    ]
