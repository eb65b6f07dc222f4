"""Trace context through Redis streams: the sender of an entry, its consumer, and its queue wait, with metrics.

The context is in W3C fields of the entry itself (`traceparent`, `tracestate`, `baggage`). Attributes follow the
OpenTelemetry messaging conventions (status: development). These do not list `redis` as a system, and attributes that
they do not define begin with `messaging.redis.`.
"""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING

from opentelemetry import context as otel_context
from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.trace import (
    Link,
    Span,
    SpanKind,
    Status,
    StatusCode,
    get_current_span,
    set_span_in_context,
)

from stream_tracing import meter
from stream_tracing.entry import as_text, forget_context, sent_context

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, MutableMapping
    from typing import Any

    from opentelemetry.util.types import AttributeValue

    from stream_tracing.entry import Text

QUEUE_WAIT = "messaging.redis.queue_wait_ms"
DELIVERY_COUNT = "messaging.redis.delivery_count"
DEAD_LETTER_STREAM = "messaging.redis.dead_letter.stream"
DEAD_LETTER_REASON = "messaging.redis.dead_letter.reason"


class Propagation(StrEnum):
    """Relation between a process span and its send span.

    PARENT puts both in one trace, which is easier to read. LINK starts a new trace at every hop with a link back, which
    keeps traces short if entries wait long or fan out.
    """

    PARENT = "parent"
    LINK = "link"

    @classmethod
    def of_environment(cls) -> Propagation:
        """Return the value of MESSAGING_PROPAGATION; PARENT if it is not set.

        Raises:
            ValueError: the value is unknown.
        """
        text = os.environ.get("MESSAGING_PROPAGATION") or cls.PARENT
        if text not in set(cls):
            raise ValueError(f"MESSAGING_PROPAGATION is {text!r}: `parent` or `link` is needed")
        return cls(text)


class StreamTracer:
    """Create the spans at both ends of a stream, and record metrics: see `meter`.

    The default propagation is that of the environment, see `Propagation.of_environment`.
    """

    def __init__(self, propagation: Propagation | None = None) -> None:
        self._propagation = propagation or Propagation.of_environment()
        self._tracer = trace.get_tracer(__name__)

    def start_send(
        self,
        stream: Text,
        fields: MutableMapping[Any, Any],
        *,
        context: Context | None = None,
        attributes: Mapping[str, AttributeValue] | None = None,
    ) -> Span:
        """Start the PRODUCER span `send {stream}` and write its context into the entry's fields.

        If the fields already hold a context, because the entry is forwarded, it is removed first. `traceparent`,
        `tracestate` and `baggage` are then always from one hop.

        End the span with `end_send` after Redis has answered. If Redis fails, record the error and end the span.

        Args:
            stream: key of the stream.
            fields: fields of the entry to add, with keys and values as text or bytes; changed in place.
            context: parent context (default: the current one); its baggage is sent.
            attributes: additional attributes.

        Raises:
            TypeError: `stream` is neither text nor bytes.
        """
        stream = as_text(stream, "stream")
        span = self._tracer.start_span(
            f"send {stream}",
            context,
            SpanKind.PRODUCER,
            {
                "messaging.system": "redis",
                "messaging.operation.name": "send",
                "messaging.operation.type": "send",
                "messaging.destination.name": stream,
                **(attributes or {}),
            },
        )
        forget_context(fields)
        propagate.inject(fields, set_span_in_context(span, context))
        return span

    def start_process(
        self,
        stream: Text,
        group: Text,
        entry_id: Text,
        fields: Mapping[Any, Any],
        *,
        batch_size: int = 1,
        delivery_count: int = 1,
    ) -> tuple[Span, Context]:
        """Start the CONSUMER span `process {stream}` for one entry, in that entry's trace.

        An entry without a valid context starts a new trace. The entry's queue wait is recorded. The caller ends the
        span, and may count the entry with `meter.record_processed`. For an entry that is processed alone, `process`
        does both.

        Args:
            stream: key of the stream.
            group: the consumer group that reads it.
            entry_id: id from Redis, `milliseconds-sequence`.
            fields: fields of the entry, with keys and values as text or bytes.
            batch_size: number of entries that were read together.
            delivery_count: number of deliveries of this entry, including this one.

        Returns:
            The span, and the context for the entry's work, with the sender's baggage.

        Raises:
            TypeError: `stream`, `group` or `entry_id` is neither text nor bytes.
        """
        stream, group = as_text(stream, "stream"), as_text(group, "group")
        entry_id = as_text(entry_id, "entry_id")
        sent = propagate.extract(sent_context(fields), Context())
        creation = get_current_span(sent).get_span_context()
        linked = self._propagation is Propagation.LINK
        wait_ms = queue_wait_ms(entry_id, time.time_ns() / 1e6)
        span = self._tracer.start_span(
            f"process {stream}",
            Context() if linked else sent,
            SpanKind.CONSUMER,
            _process_attributes(stream, group, entry_id, wait_ms, batch_size, delivery_count),
            links=[Link(creation)] if linked and creation.is_valid else None,
        )
        context = set_span_in_context(span, sent)
        meter.record_wait(stream, group, wait_ms / 1000, context)
        return span, context

    @contextmanager
    def process(
        self,
        stream: Text,
        group: Text,
        entry_id: Text,
        fields: Mapping[Any, Any],
        *,
        delivery_count: int = 1,
    ) -> Iterator[Span]:
        """Process one entry in a block: its span is the current one, and is ended and counted after the block.

        An error of the block marks the span as failed, is counted by its type, and is raised again.

        Args:
            stream: key of the stream.
            group: the consumer group that reads it.
            entry_id: id from Redis, `milliseconds-sequence`.
            fields: fields of the entry, with keys and values as text or bytes.
            delivery_count: number of deliveries of this entry, including this one.

        Raises:
            TypeError: `stream`, `group` or `entry_id` is neither text nor bytes.
        """
        span, context = self.start_process(stream, group, entry_id, fields, delivery_count=delivery_count)
        began, failure = time.perf_counter(), None
        token = otel_context.attach(context)
        try:
            yield span
        except BaseException as error:
            failure = error
            span.set_attribute("error.type", meter.error_type(error))
            span.set_status(Status(StatusCode.ERROR, str(error)[:500]))
            raise
        finally:
            otel_context.detach(token)
            meter.record_processed(
                as_text(stream, "stream"),
                as_text(group, "group"),
                time.perf_counter() - began,
                context,
                failure,
            )
            span.end()


def end_send(span: Span, entry_id: Text, stream: Text | None = None) -> None:
    """Set the entry's id from Redis on a send span, and end the span.

    Args:
        span: the span from `start_send`.
        entry_id: id from Redis.
        stream: key of the stream, which counts the entry in `messaging.client.sent.messages`.

    Raises:
        TypeError: `entry_id` or `stream` is neither text nor bytes; the span is ended anyway.
    """
    try:
        span.set_attribute("messaging.message.id", as_text(entry_id, "entry_id"))
        if stream is not None:
            meter.count_sent(as_text(stream, "stream"))
    finally:
        span.end()


def mark_dead(span: Span, stream: Text, reason: str) -> None:
    """Set the attributes of a process span whose entry was moved to a stream of dead letters."""
    span.set_attribute(DEAD_LETTER_STREAM, as_text(stream, "stream"))
    span.set_attribute(DEAD_LETTER_REASON, reason)


def queue_wait_ms(entry_id: Text, now_ms: float) -> float:
    """Return the queue wait of an entry in ms: now minus the creation time in its id.

    The times are from the clocks of two machines, so a negative result is replaced by zero. If the sender chose the id
    instead of Redis, the result is meaningless.

    Raises:
        TypeError: `entry_id` is neither text nor bytes.
    """
    created, _, _ = as_text(entry_id, "entry_id").partition("-")
    return max(0.0, now_ms - int(created)) if created.isdecimal() else 0.0


def _process_attributes(
    stream: str, group: str, entry_id: str, wait_ms: float, batch_size: int, delivery_count: int
) -> dict[str, AttributeValue]:
    attributes: dict[str, AttributeValue] = {
        "messaging.system": "redis",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": stream,
        "messaging.message.id": entry_id,
        "messaging.consumer.group.name": group,
        QUEUE_WAIT: wait_ms,
    }
    if batch_size > 1:
        attributes["messaging.batch.message_count"] = batch_size
    if delivery_count > 1:
        attributes[DELIVERY_COUNT] = delivery_count
    return attributes
