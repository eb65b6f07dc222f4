"""How long a message lay in its queue before its consumer took it up.

OpenTelemetry has no attribute for it. A consumer that knows (from the time in a Redis stream entry's id) says so in
`messaging.redis.queue_wait_ms`; else it is the time from the end of the producer's span to the start of the
consumer's, which the clocks of two machines may falsify.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from analysis.model import SpanKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.model import Span

QUEUE_WAIT_ATTRIBUTE = "messaging.redis.queue_wait_ms"


def queue_wait_ms(span: Span, spans: Mapping[tuple[str, str], Span]) -> float | None:
    """The queue wait of a consumer's span in milliseconds, never below 0.

    Args:
        span: any span; those of other kinds than consumer have no queue wait.
        spans: where its producer is looked up, by (trace id, span id); see `model.span_index`.

    Returns:
        None when the span is no consumer's, or when neither its own word nor its producer is known.
    """
    if span.kind is not SpanKind.CONSUMER:
        return None
    said = span.attributes.get(QUEUE_WAIT_ATTRIBUTE)
    if isinstance(said, int | float) and not isinstance(said, bool) and math.isfinite(said):
        return max(0.0, float(said))
    producer = producer_of(span, spans)
    if producer is None or producer.is_unfinished:
        return None
    return max(0, span.start_ns - producer.end_ns) / 1_000_000


def producer_of(span: Span, spans: Mapping[tuple[str, str], Span]) -> Span | None:
    """The span that sent what this one consumes: its parent, or the first producer that it links to."""
    targets = [(span.trace_id, span.parent_span_id), *((link.trace_id, link.span_id) for link in span.links)]
    for target in targets:
        sender = spans.get(target)
        if sender is not None and sender.kind is SpanKind.PRODUCER:
            return sender
    return None
