"""Searches over traces: the query, the match and the result.

A trace matches if **one** of its spans meets all conditions of the query. Jaeger's storages differ here: memory checks
each span, while Cassandra and ScyllaDB intersect the trace ids of different spans and extend the window to whole hours.
So answers are checked again with `matches`, and a query has the same result with every storage.
"""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from analysis.errors import UnknownServiceError
from analysis.model import SpanKind, StatusCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Protocol

    from analysis.coverage import ReadCounts
    from analysis.model import AttributeValue, Span, Trace
    from analysis.sources.left_out import LeftOut

    class TraceSource(Protocol):
        """Source of traces: a Jaeger or files."""

        @property
        def where(self) -> str:
            """Name of the source in messages."""

        def services(self) -> list[str]:
            """Return the names of all services, sorted."""

        def operations(self, service: str) -> list[Operation]:
            """Return the span names of a service, sorted."""

        def search(self, query: Query) -> SearchResult:
            """Return the newest traces that match."""

        def trace(self, trace_id: str) -> Trace:
            """Return a trace; raise TraceNotFoundError if it does not exist."""

    class CountedSource(TraceSource, Protocol):
        """A source that counts the data it has read."""

        def counts(self) -> ReadCounts:
            """Return the number of spans and traces read so far."""

        @property
        def left_out(self) -> LeftOut:
            """Data that could not be read so far."""


WRITTEN_BY_JAEGER = frozenset(
    {"error", "span.kind", "otel.status_code", "otel.status_description", "otel.scope.name"}
)
"""Keys that are no attributes of a span: Jaeger writes them from the span's kind, status and scope when storing it."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A span name of a service, with the kind of its spans (`unspecified` if unknown)."""

    name: str
    kind: SpanKind


@dataclass(frozen=True, slots=True)
class Query:
    """A search. A condition that is not set matches every span.

    Attributes:
        service: The `service.name`; None means all services.
        operation: The span name.
        attributes: Attribute keys with their values as text (`true`, `5`, `1.5`, `abc`). Resource and event attributes
            match too, as do `error`, `span.kind`, `otel.status_code` and `otel.scope.name` in Jaeger's spelling.
        min_duration_ns: Minimum duration of the span.
        max_duration_ns: Maximum duration of the span.
        start_ns: Earliest start of the span.
        end_ns: Latest start of the span.
        limit: Maximum number of traces to return.
        by_index_alone: Search by Jaeger's attribute index alone, without a second search that does not use it.
    """

    service: str | None = None
    operation: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    min_duration_ns: int | None = None
    max_duration_ns: int | None = None
    start_ns: int | None = None
    end_ns: int | None = None
    limit: int = 20
    by_index_alone: bool = False


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The result of a query.

    Attributes:
        traces: The matching traces, latest start first, at most `limit`.
        found: Number of matching traces that the source returned, before the limit.
        incomplete: Services whose search stopped early, so that matching traces may be missing.
    """

    traces: list[Trace]
    found: int
    incomplete: tuple[str, ...] = ()


def matching(traces: Iterable[Trace], query: Query) -> list[Trace]:
    """Return the traces with a span that meets the whole query."""
    return [trace for trace in traces if any(matches(span, query) for span in trace.spans)]


def matches(span: Span, query: Query) -> bool:
    """Whether this one span meets the whole query."""
    return (
        (query.service is None or span.service == query.service)
        and (query.operation is None or span.name == query.operation)
        and (query.min_duration_ns is None or _takes(span, query.min_duration_ns, None))
        and (query.max_duration_ns is None or _takes(span, None, query.max_duration_ns))
        and (query.start_ns is None or span.start_ns >= query.start_ns)
        and (query.end_ns is None or span.start_ns <= query.end_ns)
        and all(_has(span, key, text) for key, text in query.attributes.items())
    )


def _takes(span: Span, least_ns: int | None, most_ns: int | None) -> bool:
    """Whether a span's duration is known and within the limits."""
    if span.is_unfinished:
        return False
    return (least_ns or 0) <= span.duration_ns and (most_ns is None or span.duration_ns <= most_ns)


def require_service(service: str, known: Sequence[str], where: str) -> None:
    """Check that a source has the service.

    Raises:
        UnknownServiceError: the service is unknown; the error lists similar names.
    """
    if service in known:
        return
    by_folded = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(service.casefold(), by_folded, n=3, cutoff=0.6)
    within = [name for folded, name in by_folded.items() if service.casefold() in folded]
    nearest = dict.fromkeys([by_folded[folded] for folded in close] + within)
    raise UnknownServiceError(service, list(nearest)[:3], known, where)


def _has(span: Span, key: str, text: str) -> bool:
    carriers: list[Mapping[str, AttributeValue]] = [span.attributes, span.resource]
    carriers.extend(event.attributes for event in span.events)
    if any(key in carrier and reads_as(carrier[key], text) for carrier in carriers):
        return True
    return _written_by_jaeger(span).get(key) == text


def _written_by_jaeger(span: Span) -> dict[str, str]:
    tags = {"service.name": span.service, "otel.scope.name": span.scope}
    if span.kind is not SpanKind.UNSPECIFIED:
        tags["span.kind"] = span.kind.value
    if span.status is not StatusCode.UNSET:
        tags["otel.status_code"] = span.status.value.upper()
        tags["otel.status_description"] = span.status_message
    if span.is_error:
        tags["error"] = "true"
    return tags


def reads_as(value: AttributeValue, text: str) -> bool:
    """Whether an attribute's value equals the text."""
    if isinstance(value, bool):
        return text == ("true" if value else "false")
    if isinstance(value, int | float):
        try:
            # Cassandra and ScyllaDB store only ten digits of a float.
            return math.isclose(float(text), value, rel_tol=1e-9)
        except ValueError:
            return False
    return value == text
