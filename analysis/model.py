"""Spans, and the traces that they form.

Times are integers in nanoseconds since the Unix epoch. An end before the start, such as 0, means that the end is
unknown. Ids are lower-case hexadecimal, 32 digits for a trace and 16 for a span. The names are OpenTelemetry's. A trace
does not depend on the order of its spans. It contains all of them, including orphans (the parent is missing) and spans
whose parents form a cycle.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

AttributeValue: TypeAlias = (
    "str | bool | int | float | bytes | list[AttributeValue] | dict[str, AttributeValue] | None"
)
Attributes: TypeAlias = "dict[str, AttributeValue]"


class SpanKind(StrEnum):
    """A span's kind, in the spelling of Jaeger's `span.kind` tag."""

    UNSPECIFIED = "unspecified"
    INTERNAL = "internal"
    SERVER = "server"
    CLIENT = "client"
    PRODUCER = "producer"
    CONSUMER = "consumer"


class StatusCode(StrEnum):
    """A span's status."""

    UNSET = "unset"
    OK = "ok"
    ERROR = "error"


@dataclass(slots=True)
class Event:
    """Something that happened during a span, at `time_ns`."""

    time_ns: int
    name: str
    attributes: Attributes = field(default_factory=dict)


@dataclass(slots=True)
class Link:
    """A link from a span to a span that is not its parent, usually in another trace."""

    trace_id: str
    span_id: str
    attributes: Attributes = field(default_factory=dict)


@dataclass(slots=True)
class Span:
    """One span.

    Attributes:
        parent_span_id: Id of the parent; empty for a root.
        end_ns: End time. 0, or any time before the start, means unknown; see `is_unfinished`.
        service: `service.name` of the resource.
        attributes: Attributes of the span itself.
        resource: Attributes of the resource without `service.name`; one dict is shared by the resource's spans.
        scope: Name of the instrumentation scope; empty if unknown.
    """

    trace_id: str
    span_id: str
    parent_span_id: str
    name: str
    kind: SpanKind
    service: str
    start_ns: int
    end_ns: int
    attributes: Attributes = field(default_factory=dict)
    resource: Attributes = field(default_factory=dict)
    scope: str = ""
    events: tuple[Event, ...] = ()
    links: tuple[Link, ...] = ()
    status: StatusCode = StatusCode.UNSET
    status_message: str = ""

    @property
    def duration_ns(self) -> int:
        """Duration of the span; 0 if unknown."""
        return max(0, self.end_ns - self.start_ns)

    @property
    def is_unfinished(self) -> bool:
        """Whether the duration is unknown, because the end is missing or before the start."""
        return self.end_ns < self.start_ns

    @property
    def is_error(self) -> bool:
        """Whether the span's status is an error."""
        return self.status is StatusCode.ERROR


def parent_by_links(trace_id: str, span_id: str, links: Iterable[Link]) -> str:
    """Return the parent of a span without a parent id: the first span of its trace that it links to, or "".

    This is Jaeger's rule (`Span.ParentSpanID` in its model). It stores such a link as a FOLLOWS_FROM reference, which
    is the parent if there is no CHILD_OF reference.
    """
    for link in links:
        if link.trace_id == trace_id and link.span_id not in ("", span_id):
            return link.span_id
    return ""


class Trace:
    """The spans of one trace, connected as a tree.

    A span that was sent twice is kept once, even if its attributes differ. Different spans with the same id are all
    kept. If a client's and a server's span share an id (Zipkin, Envoy), the server's span is the child of the client's.
    Children of a shared id belong to the span of their own service, else to the server's span, else to the first by
    start.

    Attributes:
        trace_id: Id of the trace.
        spans: All spans by start time; of several with the same start, the longest first.
        by_id: Spans by span id.
        roots: Spans without a parent id.
        orphans: Spans whose parent is not in the trace.
        circular: The earliest span of each cycle of parents; drawn as if it had no parent.
    """

    __slots__ = ("_children", "_parents", "by_id", "circular", "orphans", "roots", "spans", "trace_id")

    def __init__(self, spans: Iterable[Span]) -> None:
        """Connect the spans of one trace.

        Raises:
            ValueError: there are no spans, or spans of several traces.
        """
        self.spans = sorted(_without_repeats(spans), key=_by_start)
        ids = {span.trace_id for span in self.spans}
        if len(ids) != 1:
            raise ValueError(f"a trace needs spans of exactly one trace id, not of {len(ids)}")
        self.trace_id = next(iter(ids))
        self.by_id: dict[str, Span] = {}
        shared: dict[str, list[Span]] = {}
        for span in self.spans:
            if self.by_id.setdefault(span.span_id, span) is not span:
                shared.setdefault(span.span_id, [self.by_id[span.span_id]]).append(span)
        self._children: dict[int, list[Span]] = {}
        self._parents: dict[int, Span] = {}
        self.roots: list[Span] = []
        self.orphans: list[Span] = []
        for span in self.spans:
            parent = self._parent_of(span, shared) if shared else self.by_id.get(span.parent_span_id)
            if parent is not None:
                self._parents[id(span)] = parent
                self._children.setdefault(id(parent), []).append(span)
            elif span.parent_span_id:
                self.orphans.append(span)
            else:
                self.roots.append(span)
        self.circular = self._open_circles()

    @property
    def tops(self) -> list[Span]:
        """The top spans of the trace; every other span is below exactly one of them."""
        return sorted([*self.roots, *self.orphans, *self.circular], key=_by_start)

    @property
    def root(self) -> Span:
        """The span that represents the trace: the first root, or the first top if there is no root."""
        return self.roots[0] if self.roots else self.tops[0]

    @property
    def start_ns(self) -> int:
        """Start time of the first span."""
        return self.spans[0].start_ns

    @property
    def end_ns(self) -> int:
        """End time of the last span."""
        return max(max(span.end_ns, span.start_ns) for span in self.spans)

    @property
    def duration_ns(self) -> int:
        """Time from the first start to the last end."""
        return self.end_ns - self.start_ns

    @property
    def known_duration_ns(self) -> int | None:
        """Time from the first start to the last known end: the trace's minimum duration. None without a known end."""
        return None if self.unfinished == len(self.spans) else self.duration_ns

    @property
    def services(self) -> dict[str, int]:
        """Number of spans of each service, in the order of the services' first spans."""
        counts: dict[str, int] = {}
        for span in self.spans:
            counts[span.service] = counts.get(span.service, 0) + 1
        return counts

    @property
    def errors(self) -> int:
        """Number of spans with the status error."""
        return sum(span.is_error for span in self.spans)

    def children(self, span: Span) -> list[Span]:
        """Return the spans whose parent is this one, by start time."""
        return self._children.get(id(span), [])

    @property
    def unfinished(self) -> int:
        """Number of spans with an unknown duration."""
        return sum(span.is_unfinished for span in self.spans)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Trace) and self.spans == other.spans

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<Trace {self.trace_id}: {len(self.spans)} spans>"

    def _parent_of(self, span: Span, shared: dict[str, list[Span]]) -> Span | None:
        if span.kind is SpanKind.SERVER:
            for other in shared.get(span.span_id, ()):
                if other.kind is SpanKind.CLIENT:
                    return other
        members = shared.get(span.parent_span_id)
        if members is None:
            return self.by_id.get(span.parent_span_id)
        kinds = {member.kind for member in members}
        servers = [one for one in members if one.kind is SpanKind.SERVER and SpanKind.CLIENT in kinds]
        return next(
            (one for one in [*servers, *members] if one.service == span.service), (servers or members)[0]
        )

    def _open_circles(self) -> list[Span]:
        reached: set[int] = set()
        self._reach([*self.roots, *self.orphans], reached)
        heads = []
        for span in self.spans:
            if id(span) in reached:
                continue
            head = self._on_the_circle_above(span)
            siblings = self._children[id(self._parents.pop(id(head)))]
            siblings[:] = [sibling for sibling in siblings if sibling is not head]
            heads.append(head)
            self._reach([head], reached)
        return sorted(heads, key=_by_start)

    def _on_the_circle_above(self, span: Span) -> Span:
        seen: dict[int, Span] = {}
        while id(span) not in seen:
            seen[id(span)] = span
            span = self._parents[id(span)]
        circle = list(seen)[list(seen).index(id(span)) :]
        return min((seen[one] for one in circle), key=_by_start)

    def _reach(self, tops: Iterable[Span], reached: set[int]) -> None:
        todo = list(tops)
        while todo:
            span = todo.pop()
            if id(span) not in reached:
                reached.add(id(span))
                todo.extend(self.children(span))


def traces_of(spans: Iterable[Span]) -> list[Trace]:
    """Group spans, in any order, into traces; the latest trace comes first."""
    by_trace: dict[str, list[Span]] = {}
    for span in spans:
        by_trace.setdefault(span.trace_id, []).append(span)
    return newest_first(Trace(members) for members in by_trace.values())


def newest_first(traces: Iterable[Trace]) -> list[Trace]:
    """Sort traces by start time, latest first; traces with the same start by id."""
    return sorted(traces, key=lambda trace: (-trace.start_ns, trace.trace_id))


def span_index(traces: Iterable[Trace]) -> Mapping[tuple[str, str], Span]:
    """Return all spans of the traces by (trace id, span id), to resolve links."""
    return {(trace.trace_id, span_id): span for trace in traces for span_id, span in trace.by_id.items()}


def _by_start(span: Span) -> tuple[int, int, str]:
    return (span.start_ns, -max(span.start_ns, span.end_ns), span.span_id)


def _without_repeats(spans: Iterable[Span]) -> list[Span]:
    by_id: dict[str, list[Span]] = {}
    for span in spans:
        same_id = by_id.setdefault(span.span_id, [])
        if same_id:
            identity = _identity(span)
            same = next((n for n, one in enumerate(same_id) if _identity(one) == identity), None)
            if same is not None:
                same_id[same] = min(same_id[same], span, key=_content)
                continue
        same_id.append(span)
    for same_id in by_id.values():
        if len(same_id) > 1:
            same_id.sort(key=_content)
    return [span for same_id in by_id.values() for span in same_id]


def _identity(span: Span) -> tuple[object, ...]:
    """Return the fields that are equal in two records of one span; `columns.joining.keep_and_order` uses the same."""
    return (
        *(span.trace_id, span.span_id, span.parent_span_id, span.service, span.name, span.kind),
        *(span.start_ns, None if span.is_unfinished else span.end_ns, span.is_error),
    )


def _content(span: Span) -> str:
    """Return a sort key of the span's content, so that the order of spans with one id does not depend on arrival."""
    parts = (
        span.name,
        span.kind,
        span.service,
        span.parent_span_id,
        span.scope,
        span.status,
        span.status_message,
    )
    attributes = sorted((key, repr(value)) for key, value in {**span.resource, **span.attributes}.items())
    return repr((parts, attributes, span.events, span.links))
