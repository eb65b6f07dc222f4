"""Trace context through Redis streams, for your own producers and consumers. It needs only the OpenTelemetry API.

    from stream_tracing import StreamTracer, end_send

    tracing = StreamTracer()
    fields = {"order": "17"}
    span = tracing.start_send("orders", fields)           # writes traceparent into the fields
    end_send(span, redis.xadd("orders", fields), "orders")

    for entry_id, fields in entries:                      # text or bytes
        with tracing.process("orders", "packers", entry_id, fields):
            pack(fields)

With a metrics SDK, this also records `messaging.client.sent.messages`, `messaging.client.consumed.messages`,
`messaging.process.duration` and `messaging.redis.queue.wait`. A consumer that processes several entries together uses
`start_process` for each, and `record_processed` at its end.

In other languages, do the same: a producer injects the context into the entry's fields (`traceparent`, `tracestate`
and `baggage`, the W3C names), and a consumer extracts it from them.
"""

from stream_tracing.meter import error_type, record_processed
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
    "error_type",
    "mark_dead",
    "queue_wait_ms",
    "record_processed",
]
