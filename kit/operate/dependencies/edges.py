"""Count the calls between services in the spans of one trace.

A span whose parent belongs to another service is one call from that service, the same rule as in Jaeger's
in-memory storage. A consumer's span that links to another service's span received a message from it, which
is a call too. A message counts once, even if several spans of one service refer to it by parent and links.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple


class Ref(NamedTuple):
    """Reference to a span in any trace."""

    trace_id: bytes
    span_id: int


class StoredSpan(NamedTuple):
    """The fields of a span that the graph needs.

    Attributes:
        span_id: Its id as stored, a signed number.
        span_hash: Distinguishes rows with the same span id.
        service: Its service.
        start: Its start, in microseconds since 1970.
        parent_id: Id of its parent in the same trace; 0 without one.
        links: Spans that it refers to, without its parent.
    """

    span_id: int
    span_hash: int
    service: str
    start: int
    parent_id: int
    links: tuple[Ref, ...]


class Edge(NamedTuple):
    """An edge of the graph: service `parent` calls service `child`."""

    parent: str
    child: str


def edges(
    trace_id: bytes, spans: Sequence[StoredSpan], senders: Mapping[Ref, str], consumers: Iterable[int]
) -> Counter[Edge]:
    """Count the calls in one trace.

    Args:
        trace_id: id of the trace.
        spans: its spans.
        senders: the service of each linked span that is stored.
        consumers: ids of the linking spans that receive messages; links of other spans are no calls.
    """
    services: dict[int, set[str]] = {}
    for span in spans:
        services.setdefault(span.span_id, set()).add(span.service)
    taking = set(consumers)
    # A span that was sent twice with its attributes in another order is stored twice.
    once = {(span.span_id, span.service): span for span in reversed(spans)}.values()
    counted: Counter[Edge] = Counter()
    messages: set[tuple[Ref, str]] = set()
    for span in once:
        parent = _other(services.get(span.parent_id, set()), span.service)
        if parent:
            counted[Edge(parent, span.service)] += 1
            messages.add((Ref(trace_id, span.parent_id), span.service))
    for span in once:
        if span.span_id in taking:
            for ref, sender in _sent(span, senders):
                if (ref, span.service) not in messages:
                    messages.add((ref, span.service))
                    counted[Edge(sender, span.service)] += 1
    return counted


def _sent(span: StoredSpan, senders: Mapping[Ref, str]) -> Iterator[tuple[Ref, str]]:
    for ref in span.links:
        sender = senders.get(ref, span.service)
        if sender != span.service:
            yield ref, sender


def _other(services: set[str], own: str) -> str:
    """Return the parent's service; empty if it is the span's own service or is not stored."""
    return "" if not services or own in services else min(services)
