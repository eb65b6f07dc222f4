"""What the detectors look at, and what they find."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from analysis.model import SpanKind, span_index

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from analysis.model import Span, Trace
    from findings.rule import Rule

Entry = tuple[str, str]
"""A service and its endpoint or queue: what a piece of work was done for."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule broken once, in one trace.

    Attributes:
        rule: which.
        entry: what the work was done for.
        subject: what it is about; hits of one rule, entry and subject are one finding.
        found: what is there; that of the costliest hit is told.
        trace_id: the evidence.
        cost_ms: what it costs here; 0 where it costs no time.
        fix: the next step, where it can be said more precisely than the rule does.
        expected: what should be there instead.
    """

    rule: Rule
    entry: Entry
    subject: str
    found: str
    trace_id: str
    cost_ms: float = 0.0
    fix: str = ""
    expected: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


class Look:
    """Traces, and what several detectors need to know of them.

    Attributes:
        traces: all of them, oldest first.
        spans: every span by (trace id, span id).
        requests: how many spans each entry has.
        start_ns: from when on everything was read.
        settled_ns: until when everything has arrived; None where that is not in question, as in a file.
    """

    def __init__(
        self, traces: Iterable[Trace], *, start_ns: int | None = None, settled_ns: int | None = None
    ) -> None:
        """Prepare to look.

        Args:
            traces: in any order.
            start_ns: the start of the window that was read whole; of the first trace if not given.
            settled_ns: traces that end later may still lack spans.
        """
        self.traces: Sequence[Trace] = sorted(traces, key=lambda trace: (trace.start_ns, trace.trace_id))
        self.spans = span_index(self.traces)
        first = self.traces[0].start_ns if self.traces else 0
        self.start_ns = first if start_ns is None else start_ns
        self.settled_ns = settled_ns
        self.requests: Counter[Entry] = Counter()
        self._entries: dict[int, Span] = {}
        for trace in self.traces:
            self._enter(trace)

    def entry_span(self, span: Span) -> Span:
        """The server's or consumer's span that this one was done for: itself, or the nearest above; else the top."""
        return self._entries[id(span)]

    def entry(self, span: Span) -> Entry:
        """What this span was done for."""
        return entry_of(self.entry_span(span))

    def settled(self) -> Iterator[Trace]:
        """The traces that lack nothing because it is still on its way."""
        for trace in self.traces:
            if self.settled_ns is None or trace.end_ns <= self.settled_ns:
                yield trace

    def _enter(self, trace: Trace) -> None:
        todo = [(top, top) for top in trace.tops]
        while todo:
            span, entry = todo.pop()
            if span.kind in (SpanKind.SERVER, SpanKind.CONSUMER):
                entry = span
            if span is entry:
                self.requests[entry_of(span)] += 1
            self._entries[id(span)] = entry
            todo.extend((child, entry) for child in trace.children(span))
        for span in trace.spans:  # one that shares its id with another is nobody's child
            self._entries.setdefault(id(span), span)


def endpoint_of(span: Span) -> str:
    """The name that the spans of one endpoint share: method and route, else the span's name."""
    method, route = span.attributes.get("http.request.method"), span.attributes.get("http.route")
    return f"{method} {route}" if isinstance(method, str) and isinstance(route, str) else span.name


def queue_of(span: Span) -> str:
    """The destination that a consumer's span reads from, with its group where that isn't the service."""
    said = span.attributes.get("messaging.destination.name")
    destination = said if isinstance(said, str) and said else span.name
    group = span.attributes.get("messaging.consumer.group.name")
    if isinstance(group, str) and group and group != span.service:
        return f"{destination} ({group})"
    return destination


def entry_of(span: Span) -> Entry:
    """The name of an entry, by its span."""
    name = f"process {queue_of(span)}" if span.kind is SpanKind.CONSUMER else endpoint_of(span)
    return span.service, name
