"""Spans of one trace ⇒ calls from service to service.

A span whose parent is another service's span is one call from that service to its own, as in Jaeger's
own in-memory storage. A consumer's span that links to another service's span is a message from there,
and so a call too. A message that one service's spans refer to several times in one trace, by parent and
by links, is one call.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple


class Ref(NamedTuple):
    """A span somewhere."""

    trace_id: bytes
    span_id: int


class StoredSpan(NamedTuple):
    """What the graph needs of a span.

    Attributes:
        span_id: as stored: a signed number.
        span_hash: tells rows of one span id apart.
        service: whose it is.
        start: microseconds since 1970.
        parent_id: in the same trace; 0 without one.
        links: spans that it refers to besides its parent.
    """

    span_id: int
    span_hash: int
    service: str
    start: int
    parent_id: int
    links: tuple[Ref, ...]


class Edge(NamedTuple):
    """Calls go from `parent` to `child`; both are services."""

    parent: str
    child: str


def edges(
    trace_id: bytes, spans: Sequence[StoredSpan], senders: Mapping[Ref, str], consumers: Iterable[int]
) -> Counter[Edge]:
    """Count the calls in one trace.

    Args:
        trace_id: of all the spans.
        spans: the trace.
        senders: the service of each linked span that is stored.
        consumers: ids of the spans with links that take messages; other spans' links are no calls.
    """
    services: dict[int, set[str]] = {}
    for span in spans:
        services.setdefault(span.span_id, set()).add(span.service)
    taking = set(consumers)
    # One span may be stored twice, when it was sent again with its attributes in another order.
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
    """The service of a parent; empty when it is the span's own, or not stored."""
    return "" if not services or own in services else min(services)
