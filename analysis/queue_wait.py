"""Queue wait: the time from a message's enqueuing to the start of its processing.

OpenTelemetry has no attribute for it. A consumer can compute it from the time in a Redis stream entry's id, and writes
it to `messaging.redis.queue_wait_ms`. Without this attribute it is the time from the end of the producer's span to the
start of the consumer's span; if the clocks of the two machines differ, that time is wrong.
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
    """Return the queue wait of a consumer's span in milliseconds, at least 0.

    Args:
        span: any span; only a consumer's span has a queue wait.
        spans: index by (trace id, span id) to find its producer; see `model.span_index`.

    Returns:
        None if the span is not a consumer's, or has neither the attribute nor a known producer.
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
    """Return the producer's span of a consumed message: the parent, or the first producer that the span links to."""
    targets = [(span.trace_id, span.parent_span_id), *((link.trace_id, link.span_id) for link in span.links)]
    for target in targets:
        sender = spans.get(target)
        if sender is not None and sender.kind is SpanKind.PRODUCER:
            return sender
    return None
