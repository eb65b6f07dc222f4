"""Find traces that belong to one request because their spans link to each other.

If a consumer links to the message's producer instead of continuing its trace, one request consists of several traces.
A consumer's link names the producer's trace. A producer has no link to the consumer, and no storage can search by
link. So consumers are searched by `messaging.destination.name`, in a window after the send that grows until a link
back is found.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from analysis.errors import TraceNotFoundError
from analysis.model import SpanKind
from analysis.search import Query

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.model import Span, Trace
    from analysis.search import TraceSource

DESTINATION = "messaging.destination.name"

_SECOND_NS = 1_000_000_000
_WINDOWS_NS = (5 * _SECOND_NS, 60 * _SECOND_NS, 900 * _SECOND_NS)
_CANDIDATES = 200


@dataclass(slots=True)
class LinkedTraces:
    """A trace and the traces linked to it.

    Attributes:
        traces: The requested trace, then the others in the order they were found.
        missing: Ids of linked traces that the source does not have.
        more: Whether there are more linked traces than the limit.
        unsure: Destinations whose search for consumers stopped early, so that traces may be missing.
    """

    traces: list[Trace]
    missing: list[str] = field(default_factory=list)
    more: bool = False
    unsure: list[str] = field(default_factory=list)


def with_linked(trace: Trace, source: TraceSource, *, most: int = 20) -> LinkedTraces:
    """Find the traces that this one links to or is linked from, directly or through other traces.

    Args:
        trace: the first trace.
        source: source to search.
        most: maximum number of traces to return, the first included.

    Raises:
        AnalysisError: the source fails.
    """
    answer = LinkedTraces([trace])
    known = {trace.trace_id}
    for current in answer.traces:  # grows during the loop
        for found in _neighbours(current, source, known, answer):
            if len(answer.traces) >= most:
                answer.more = True
                return answer
            known.add(found.trace_id)
            answer.traces.append(found)
    return answer


def links_out(trace: Trace) -> list[str]:
    """Return the ids of other traces that this one links to, in the order of its spans."""
    targets = (link.trace_id for span in trace.spans for link in span.links)
    return [trace_id for trace_id in dict.fromkeys(targets) if trace_id and trace_id != trace.trace_id]


def _neighbours(trace: Trace, source: TraceSource, known: set[str], answer: LinkedTraces) -> Iterable[Trace]:
    for trace_id in links_out(trace):
        if trace_id in known or trace_id in answer.missing:
            continue
        try:
            yield source.trace(trace_id)
        except TraceNotFoundError:
            answer.missing.append(trace_id)
    waiting = _without_consumer(trace)
    for destination in dict.fromkeys(_destination(span) for span in waiting):
        senders = [span for span in waiting if _destination(span) == destination]
        for found in _consumers(destination, senders, source, answer):
            if found.trace_id not in known:
                yield found


def _without_consumer(trace: Trace) -> list[Span]:
    """Return the producers of a trace whose message is not consumed within it."""
    return [
        span
        for span in trace.spans
        if span.kind is SpanKind.PRODUCER
        and _destination(span)
        and not any(child.kind is SpanKind.CONSUMER for child in trace.children(span))
    ]


def _consumers(
    destination: str, senders: list[Span], source: TraceSource, answer: LinkedTraces
) -> list[Trace]:
    """Return the traces with a link to one of these producers."""
    wanted = {(span.trace_id, span.span_id) for span in senders}
    first, last = (
        min(span.start_ns for span in senders),
        max(max(span.start_ns, span.end_ns) for span in senders),
    )
    found: dict[str, Trace] = {}
    for window_ns in _WINDOWS_NS:
        result = source.search(
            Query(
                attributes={DESTINATION: destination},
                start_ns=first,
                end_ns=last + window_ns,
                limit=_CANDIDATES,
                by_index_alone=True,
            )
        )
        for candidate in result.traces:
            linked = {
                (link.trace_id, link.span_id) for span in candidate.spans for link in span.links
            } & wanted
            if linked:
                found[candidate.trace_id] = candidate
                wanted -= linked
        if not wanted:
            break
        if result.incomplete and destination not in answer.unsure:
            answer.unsure.append(destination)
    return sorted(found.values(), key=lambda trace: (trace.start_ns, trace.trace_id))


def _destination(span: Span) -> str:
    value = span.attributes.get(DESTINATION)
    return value if isinstance(value, str) else ""
