"""Searches over traces: what is asked, what matches, and what came back.

A trace matches when **one** of its spans meets everything that was asked. Jaeger's storages differ here (memory
looks at one span, Cassandra and ScyllaDB intersect trace ids found for different spans, and stretch the time
window to whole hours), so answers are checked again with `matches`: the same question has the same answer
everywhere.
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
        """Where traces are read from: a Jaeger or files."""

        @property
        def where(self) -> str:
            """What the source is, as a message names it."""

        def services(self) -> list[str]:
            """The names of all services, sorted."""

        def operations(self, service: str) -> list[Operation]:
            """The span names of a service, sorted."""

        def search(self, query: Query) -> SearchResult:
            """The newest traces that match."""

        def trace(self, trace_id: str) -> Trace:
            """One trace; TraceNotFoundError when there is none."""

    class CountedSource(TraceSource, Protocol):
        """A source that knows what it has read."""

        def counts(self) -> ReadCounts:
            """How much was read so far."""

        @property
        def left_out(self) -> LeftOut:
            """What could not be read so far."""


WRITTEN_BY_JAEGER = frozenset(
    {"error", "span.kind", "otel.status_code", "otel.status_description", "otel.scope.name"}
)
"""Attribute keys that no span carries: Jaeger makes them from a span's kind, status and scope when it stores it."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A span name of a service, with the kind of its spans (`unspecified` where the source does not know)."""

    name: str
    kind: SpanKind


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for. Everything left out matches everything.

    Attributes:
        service: the `service.name`; None asks for all services.
        operation: the span name.
        attributes: attribute key to its value as text (`true`, `5`, `1.5`, `abc`). Resource and event
            attributes count, and `error`, `span.kind`, `otel.status_code` and `otel.scope.name` as Jaeger
            writes them.
        min_duration_ns: the span takes at least this long.
        max_duration_ns: the span takes at most this long.
        start_ns: the span starts at this time or later.
        end_ns: the span starts at this time or earlier.
        limit: how many traces to return.
        by_index_alone: what a Jaeger's index does not find by an attribute need not be looked for without it.
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
    """The answer to a query.

    Attributes:
        traces: the matching traces, latest start first, at most `limit` of them.
        found: how many matching traces the source returned, before they were cut to the limit.
        incomplete: the services whose search stopped early, so that matching traces may be missing.
    """

    traces: list[Trace]
    found: int
    incomplete: tuple[str, ...] = ()


def matching(traces: Iterable[Trace], query: Query) -> list[Trace]:
    """The traces with a span that meets the whole query."""
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
    """Whether a span is known to take at least, or at most, so long."""
    if span.is_unfinished:
        return False
    return (least_ns or 0) <= span.duration_ns and (most_ns is None or span.duration_ns <= most_ns)


def require_service(service: str, known: Sequence[str], where: str) -> None:
    """Check that a source knows the service.

    Raises:
        UnknownServiceError: it does not; the error names those that look like it.
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
    """Whether an attribute reads as this text."""
    if isinstance(value, bool):
        return text == ("true" if value else "false")
    if isinstance(value, int | float):
        try:
            # Cassandra and ScyllaDB keep ten digits of a float.
            return math.isclose(float(text), value, rel_tol=1e-9)
        except ValueError:
            return False
    return value == text
