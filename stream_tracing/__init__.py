"""Trace context through Redis streams, for your own producers and consumers. It needs only the OpenTelemetry API.

    from opentelemetry.trace import use_span
    from stream_tracing import StreamTracer, end_send

    tracing = StreamTracer()
    fields = {"order": "17"}
    span = tracing.start_send("orders", fields)           # writes traceparent into the fields
    end_send(span, redis.xadd("orders", fields))

    for entry_id, fields in entries:                      # text or bytes
        span, context = tracing.start_process("orders", "packers", entry_id, fields)
        with use_span(span, end_on_exit=True):
            pack(fields)

In other languages, do the same: a producer injects the context into the entry's fields (`traceparent`, `tracestate`
and `baggage`, the W3C names), and a consumer extracts it from them.
"""

from stream_tracing.tracer import (
    DEAD_LETTER_REASON,
    DEAD_LETTER_STREAM,
    DELIVERY_COUNT,
    QUEUE_WAIT,
    Propagation,
    StreamTracer,
    end_send,
    mark_dead,
    queue_wait_ms,
)

__all__ = [
    "DEAD_LETTER_REASON",
    "DEAD_LETTER_STREAM",
    "DELIVERY_COUNT",
    "QUEUE_WAIT",
    "Propagation",
    "StreamTracer",
    "end_send",
    "mark_dead",
    "queue_wait_ms",
]
