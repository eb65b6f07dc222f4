"""Context through Redis streams: parent and link, one span for each entry, nothing for an idle poll."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from opentelemetry import baggage, trace
from opentelemetry.trace import SpanKind, StatusCode

from sample_services.delivery import Delivery
from sample_services.stream_consumer import StreamConsumer
from stream_tracing import (
    QUEUE_WAIT,
    Propagation,
    StreamTracer,
    end_send,
    queue_wait_ms,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    from redis.asyncio import Redis

    from sample_services.settings import QueueSettings

STREAM, GROUP = "orders", "packers"
tracer = trace.get_tracer("test")


class Recorder:
    """A handler that remembers, and does a bit of traced work in each entry's own context."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.baggage: list[object] = []

    async def __call__(self, batch: Sequence[Delivery]) -> None:
        self.batches.append([delivery.id for delivery in batch])
        await asyncio.gather(*(self.work(delivery) for delivery in batch))

    async def work(self, delivery: Delivery) -> None:
        self.baggage.append(baggage.get_baggage("tenant", delivery.context))
        with tracer.start_as_current_span(f"work {delivery.fields.get('n')}", delivery.context):
            await asyncio.sleep(0)
        if "broken" in delivery.fields:
            delivery.fail(ValueError("broken entry"))


async def send(redis: Redis, count: int) -> None:
    sender = StreamTracer()
    for n in range(count):
        with tracer.start_as_current_span(f"request {n}"):
            fields = {"n": str(n)}
            span = sender.start_send(STREAM, fields)
            end_send(span, await redis.xadd(STREAM, fields))  # type: ignore[arg-type]


def consumer(
    redis: Redis, queue: QueueSettings, handler: Recorder, mode: Propagation = Propagation.PARENT
) -> StreamConsumer:
    return StreamConsumer(redis, STREAM, GROUP, handler, queue, StreamTracer(mode))


async def consume(consumer: StreamConsumer) -> None:
    await consumer.open_group()
    await consumer.step()


def named(spans: InMemorySpanExporter, name: str) -> list[ReadableSpan]:
    return [span for span in spans.get_finished_spans() if span.name == name]


def trace_of(span: ReadableSpan) -> int:
    assert span.context
    return int(span.context.trace_id)


async def test_in_parent_mode_each_entry_of_a_batch_continues_its_own_trace(
    redis: Redis, queue: QueueSettings, spans: InMemorySpanExporter
) -> None:
    await send(redis, 5)
    recorder = Recorder()
    await consume(consumer(redis, queue, recorder))

    assert [len(batch) for batch in recorder.batches] == [5]
    processed = named(spans, "process orders")
    assert len({trace_of(span) for span in processed}) == 5
    for n in range(5):
        (request,), (work,) = named(spans, f"request {n}"), named(spans, f"work {n}")
        (sent,) = [s for s in named(spans, "send orders") if trace_of(s) == trace_of(request)]
        (process,) = [s for s in processed if trace_of(s) == trace_of(request)]
        assert request.context
        assert sent.context
        assert process.context
        assert sent.parent
        assert process.parent
        assert work.parent
        assert sent.parent.span_id == request.context.span_id
        assert process.parent.span_id == sent.context.span_id
        assert work.parent.span_id == process.context.span_id
        assert sent.kind is SpanKind.PRODUCER
        assert process.kind is SpanKind.CONSUMER
        assert process.links == ()


async def test_in_link_mode_each_entry_starts_a_trace_that_points_to_its_sender(
    redis: Redis, queue: QueueSettings, spans: InMemorySpanExporter
) -> None:
    await send(redis, 3)
    await consume(consumer(redis, queue, Recorder(), Propagation.LINK))

    sent = {s.context.span_id: s for s in named(spans, "send orders") if s.context}
    processed = named(spans, "process orders")
    assert len(processed) == 3
    for process in processed:
        assert process.parent is None
        (link,) = process.links
        origin = sent.pop(link.context.span_id)
        assert trace_of(origin) == link.context.trace_id != trace_of(process)
    assert not sent


async def test_spans_carry_the_messaging_attributes(
    redis: Redis, queue: QueueSettings, spans: InMemorySpanExporter
) -> None:
    await send(redis, 2)
    recorder = Recorder()
    await consume(consumer(redis, queue, recorder))

    (process, _), (sent, _) = named(spans, "process orders"), named(spans, "send orders")
    assert process.attributes
    attributes = dict(process.attributes)
    assert isinstance(attributes.pop("messaging.redis.queue_wait_ms"), float)
    assert attributes == {
        "messaging.system": "redis",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": STREAM,
        "messaging.message.id": recorder.batches[0][0],
        "messaging.consumer.group.name": GROUP,
        "messaging.batch.message_count": 2,
    }
    assert dict(sent.attributes or {}) == {
        "messaging.system": "redis",
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.destination.name": STREAM,
        "messaging.message.id": recorder.batches[0][0],
    }


async def test_idle_polls_make_no_spans(
    redis: Redis, queue: QueueSettings, spans: InMemorySpanExporter
) -> None:
    idle = consumer(redis, queue, Recorder())
    await idle.open_group()
    for _ in range(3):
        assert await idle.step() == 0
    assert spans.get_finished_spans() == ()


@pytest.mark.parametrize(
    "fields",
    [
        {"traceparent": "garbage"},
        {"traceparent": "00-00000000000000000000000000000000-0000000000000000-01"},
        {"traceparent": b"\xff\xfe\x00", "tracestate": b"\x80", "baggage": b"%%%==;,\xff"},
        {"tracestate": "a=b", "baggage": "=,=;"},
    ],
)
@pytest.mark.parametrize("mode", list(Propagation))
async def test_a_malformed_context_starts_a_trace_and_disturbs_nobody(
    redis: Redis,
    queue: QueueSettings,
    spans: InMemorySpanExporter,
    fields: dict[str | bytes, str | bytes],
    mode: Propagation,
) -> None:
    await redis.xadd(STREAM, {"n": "bad"} | fields)  # type: ignore[arg-type]
    await send(redis, 1)
    await consume(consumer(redis, queue, Recorder(), mode))

    assert await redis.xlen(STREAM) == 0
    bad, good = named(spans, "process orders")
    assert bad.parent is None
    assert bad.links == ()
    assert good.parent or good.links


async def test_baggage_travels_with_the_entry(redis: Redis, queue: QueueSettings) -> None:
    fields = {"n": "0"}
    span = StreamTracer().start_send(STREAM, fields, context=baggage.set_baggage("tenant", "acme"))
    end_send(span, await redis.xadd(STREAM, fields))  # type: ignore[arg-type]
    for mode in Propagation:
        recorder = Recorder()
        await redis.delete(STREAM)
        await redis.xadd(STREAM, fields)  # type: ignore[arg-type]
        await consume(consumer(redis, queue, recorder, mode))
        assert recorder.baggage == ["acme"]


async def test_a_failed_entry_stays_pending_and_says_so_and_the_others_are_done(
    redis: Redis, queue: QueueSettings, spans: InMemorySpanExporter
) -> None:
    await send(redis, 1)
    await redis.xadd(STREAM, {"n": "1", "broken": "yes"})
    reader = consumer(redis, queue, Recorder())
    await consume(reader)
    good, bad = named(spans, "process orders")
    assert good.status.status_code is StatusCode.UNSET
    assert bad.status.status_code is StatusCode.ERROR
    assert (bad.attributes or {})["error.type"] == "ValueError"
    assert await redis.xlen(STREAM) == 1

    spans.clear()
    await asyncio.sleep(0.005)
    await reader.reclaim()
    (again,) = named(spans, "process orders")
    assert (again.attributes or {})["messaging.redis.delivery_count"] == 2


async def test_a_handler_that_raises_leaves_its_whole_batch_pending(
    redis: Redis, queue: QueueSettings, spans: InMemorySpanExporter
) -> None:
    class Raising(Recorder):
        async def __call__(self, batch: Sequence[Delivery]) -> None:
            raise OSError("database is away")

    await send(redis, 3)
    await consume(consumer(redis, queue, Raising()))
    assert await redis.xlen(STREAM) == 3
    assert {(s.attributes or {})["error.type"] for s in named(spans, "process orders")} == {"OSError"}

    recorder = Recorder()
    await asyncio.sleep(0.005)
    await consume(consumer(redis, queue, recorder))
    assert [len(batch) for batch in recorder.batches] == [3]
    assert await redis.xlen(STREAM) == 0


async def test_a_consumer_takes_up_what_it_had_in_hand_when_it_was_killed(
    redis: Redis, queue: QueueSettings
) -> None:
    await send(redis, 2)
    await redis.xgroup_create(STREAM, GROUP, id="0")
    await redis.xreadgroup(GROUP, queue.consumer, {STREAM: ">"})
    own = replace(queue, reclaim_idle_ms=3_600_000)
    recorder = Recorder()
    stop = asyncio.Event()
    running = asyncio.create_task(consumer(redis, own, recorder).run(stop))
    async with asyncio.timeout(10):
        while await redis.xlen(STREAM):
            await asyncio.sleep(0.005)
    stop.set()
    await running
    assert sum(map(len, recorder.batches)) == 2


async def test_an_entry_deleted_while_pending_is_forgotten(redis: Redis, queue: QueueSettings) -> None:
    await send(redis, 2)
    await redis.xgroup_create(STREAM, GROUP, id="0")
    answer = await redis.xreadgroup(GROUP, "dead", {STREAM: ">"})
    await redis.xdel(STREAM, answer[0][1][0][0])  # type: ignore[index, arg-type]
    recorder = Recorder()
    await asyncio.sleep(0.005)
    await consume(consumer(redis, queue, recorder))
    assert [len(batch) for batch in recorder.batches] == [1]


def test_queue_wait_comes_from_the_entrys_id_and_is_never_negative() -> None:
    now = time.time_ns() / 1e6
    assert queue_wait_ms("1000-0", 1250.5) == 250.5
    assert queue_wait_ms(f"{int(now) + 60_000}-3", now) == 0.0
    assert queue_wait_ms("", now) == 0.0


async def test_an_entry_that_waits_for_its_turn_in_a_batch_is_not_being_processed(
    redis: Redis, queue: QueueSettings, spans: InMemorySpanExporter
) -> None:
    await send(redis, 2)
    spans.clear()

    async def one_by_one(batch: Sequence[Delivery]) -> None:
        for delivery in batch:
            delivery.span.set_attribute("n", delivery.fields["n"])
            await asyncio.sleep(0.05)
            delivery.span.set_attribute("done_ns", time.time_ns())

    reader = StreamConsumer(redis, STREAM, GROUP, one_by_one, queue, StreamTracer())
    await consume(reader)
    first, second = named(spans, f"process {STREAM}")
    assert first.attributes is not None
    assert second.attributes is not None
    assert second.start_time is not None
    assert second.start_time >= int(str(first.attributes["done_ns"]))
    assert float(str(second.attributes[QUEUE_WAIT])) >= 50
