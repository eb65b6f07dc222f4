"""Traces as plain data for a JSON answer. Names are OpenTelemetry's in snake_case.

Times are given twice: as RFC 3339 text, and in nanoseconds as text (`…_unix_nano`), the way OTLP JSON writes them:
a JSON number loses their last digits in many programs. Durations are whole nanoseconds.
"""

from __future__ import annotations

import base64
import math
from typing import TYPE_CHECKING, Any

from analysis.model import span_index
from analysis.moments import rfc3339
from analysis.queue_wait import queue_wait_ms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analysis.model import Attributes, AttributeValue, Span, Trace
    from analysis.summary import TraceSummary


def plain_summary(summary: TraceSummary) -> dict[str, Any]:
    """A trace's summary: trace_id, start_time, start_time_unix_nano, duration_ns, spans, errors, services, root."""
    return {
        "trace_id": summary.trace_id,
        "start_time": rfc3339(summary.start_ns),
        "start_time_unix_nano": str(summary.start_ns),
        "duration_ns": summary.duration_ns,
        "spans": summary.spans,
        "errors": summary.errors,
        "services": summary.services,
        "root": {"service": summary.root_service, "name": summary.root_name, "missing": not summary.has_root},
    }


def plain_traces(traces: Sequence[Trace]) -> list[dict[str, Any]]:
    """Whole traces with all their spans, in the order given; spans by start time.

    Each span has trace_id, span_id, parent_span_id (null for a root), name, kind, service, start and end, duration_ns,
    queue_wait_ms (null where there is none), status, attributes, resource, scope, events and links.
    """
    spans = span_index(traces)
    return [
        {
            "trace_id": trace.trace_id,
            "start_time": rfc3339(trace.start_ns),
            "start_time_unix_nano": str(trace.start_ns),
            "duration_ns": trace.duration_ns,
            "errors": trace.errors,
            "services": trace.services,
            "spans": [_plain_span(span, spans) for span in trace.spans],
        }
        for trace in traces
    ]


def _plain_span(span: Span, spans: Mapping[tuple[str, str], Span]) -> dict[str, Any]:
    return {
        "trace_id": span.trace_id,
        "span_id": span.span_id,
        "parent_span_id": span.parent_span_id or None,
        "name": span.name,
        "kind": span.kind.value,
        "service": span.service,
        "start_time": rfc3339(span.start_ns),
        "start_time_unix_nano": str(span.start_ns),
        "end_time_unix_nano": str(span.end_ns),
        "duration_ns": span.duration_ns,
        "queue_wait_ms": queue_wait_ms(span, spans),
        "status": {"code": span.status.value, "message": span.status_message},
        "attributes": _plain_attributes(span.attributes),
        "resource": _plain_attributes(span.resource),
        "scope": span.scope,
        "events": [
            {
                "time_unix_nano": str(event.time_ns),
                "name": event.name,
                "attributes": _plain_attributes(event.attributes),
            }
            for event in span.events
        ],
        "links": [
            {
                "trace_id": link.trace_id,
                "span_id": link.span_id,
                "attributes": _plain_attributes(link.attributes),
            }
            for link in span.links
        ],
    }


def _plain_attributes(attributes: Attributes) -> dict[str, Any]:
    return {key: _plain(value) for key, value in attributes.items()}


def _plain(value: AttributeValue) -> Any:
    """Bytes as base64, and what JSON has no number for as text."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value
