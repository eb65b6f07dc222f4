"""Traces with all their spans, for programs. The names are OpenTelemetry's in snake_case.

Times are given twice: as RFC 3339 text, and in nanoseconds as text (`…_unix_nano`) as in OTLP JSON. A JSON number would
lose the last digits in many programs. Durations are whole nanoseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeAlias

from analysis.coverage import SpansRead
from analysis.model import SpanKind, StatusCode, span_index
from analysis.moments import rfc3339
from analysis.queue_wait import queue_wait_ms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analysis.model import Span, Trace

Attributes: TypeAlias = dict[
    str, Annotated[Any, "text, number, boolean, list or object; bytes as base64, NaN as text"]
]


@dataclass(frozen=True, slots=True)
class SpanStatus:
    """A span's status."""

    code: Annotated[StatusCode, "OpenTelemetry's code"]
    message: Annotated[str, "text of the status, may be empty"]


@dataclass(frozen=True, slots=True)
class SpanEvent:
    """An event of a span."""

    time_unix_nano: Annotated[str, "time of the event in ns since 1970, as text"]
    name: Annotated[str, "name of the event"]
    attributes: Annotated[Attributes, "attributes of the event"]


@dataclass(frozen=True, slots=True)
class SpanLink:
    """A link of a span."""

    trace_id: Annotated[str, "trace of the linked span"]
    span_id: Annotated[str, "id of the linked span"]
    attributes: Annotated[Attributes, "attributes of the link"]


@dataclass(frozen=True, slots=True)
class WholeSpan:
    """A span with all its data."""

    trace_id: Annotated[str, "32 hex digits"]
    span_id: Annotated[str, "16 hex digits"]
    parent_span_id: Annotated[str | None, "id of the parent, or null for a root"]
    name: Annotated[str, "the span's name"]
    kind: Annotated[SpanKind, "the span's kind"]
    service: Annotated[str, "`service.name` of its resource"]
    start_time: Annotated[str, "start, RFC 3339"]
    start_time_unix_nano: Annotated[str, "start in ns since 1970, as text"]
    end_time_unix_nano: Annotated[str | None, "end in ns since 1970, as text, or null if unknown"]
    duration_ns: Annotated[int | None, "duration, ns, or null if the end is unknown"]
    queue_wait_ms: Annotated[float | None, "queue wait of a consumer's message, ms, or null if there is none"]
    status: Annotated[SpanStatus, "the span's status"]
    attributes: Annotated[Attributes, "attributes of the span"]
    resource: Annotated[Attributes, "attributes of its resource"]
    scope: Annotated[str, "name of the instrumentation scope, may be empty"]
    events: Annotated[list[SpanEvent], "events by time"]
    links: Annotated[list[SpanLink], "links to other spans"]


@dataclass(frozen=True, slots=True)
class WholeTrace:
    """A trace with all its spans."""

    trace_id: Annotated[str, "32 hex digits"]
    start_time: Annotated[str, "start of its first span, RFC 3339"]
    start_time_unix_nano: Annotated[
        str, "the start in ns since 1970, as text: a JSON number loses the last digits"
    ]
    duration_ns: Annotated[
        int | None, "from the first start to the last known end, ns, or null if no end is known"
    ]
    unfinished: Annotated[int, "spans without a known end"]
    errors: Annotated[int, "spans with status error"]
    services: Annotated[dict[str, Annotated[int, "spans of the service"]], "number of spans by service"]
    spans: Annotated[list[WholeSpan], "spans by start time"]


@dataclass(frozen=True, slots=True)
class ShowAnswer:
    """One trace with all its spans, and the traces that it links to or that link to it."""

    KIND: ClassVar = "traces.show"

    trace_id: Annotated[str, "id of the requested trace"]
    traces: Annotated[list[WholeTrace], "the requested trace, then the linked ones"]
    missing_linked: Annotated[
        list[Annotated[str, "id of a trace"]], "linked traces that the source does not have"
    ]
    complete: Annotated[bool, "whether all linked traces were searched and are shown"]
    coverage: Annotated[SpansRead, "what was read to find these traces"]


def with_all_spans(traces: Sequence[Trace]) -> list[WholeTrace]:
    """Return the traces with all their spans, in the given order; spans by start time."""
    spans = span_index(traces)
    return [
        WholeTrace(
            trace_id=trace.trace_id,
            start_time=rfc3339(trace.start_ns),
            start_time_unix_nano=str(trace.start_ns),
            duration_ns=trace.known_duration_ns,
            unfinished=trace.unfinished,
            errors=trace.errors,
            services=trace.services,
            spans=[_span(span, spans) for span in trace.spans],
        )
        for trace in traces
    ]


def _span(span: Span, spans: Mapping[tuple[str, str], Span]) -> WholeSpan:
    return WholeSpan(
        trace_id=span.trace_id,
        span_id=span.span_id,
        parent_span_id=span.parent_span_id or None,
        name=span.name,
        kind=span.kind,
        service=span.service,
        start_time=rfc3339(span.start_ns),
        start_time_unix_nano=str(span.start_ns),
        end_time_unix_nano=None if span.is_unfinished else str(span.end_ns),
        duration_ns=None if span.is_unfinished else span.duration_ns,
        queue_wait_ms=queue_wait_ms(span, spans),
        status=SpanStatus(span.status, span.status_message),
        attributes=dict(span.attributes),
        resource=dict(span.resource),
        scope=span.scope,
        events=[SpanEvent(str(one.time_ns), one.name, dict(one.attributes)) for one in span.events],
        links=[SpanLink(one.trace_id, one.span_id, dict(one.attributes)) for one in span.links],
    )
