"""What becomes of entries that cannot be done, and of healthy ones while something else is down."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.trace import StatusCode
from redis.asyncio import Redis as RawRedis
from redis.exceptions import ConnectionError as RedisConnectionError
from sqlalchemy.exc import OperationalError

from sample_services.coupon_notifier.callback import Callback
from sample_services.outages import OutageError, is_outage
from sample_services.queues import ISSUED, NOTIFIER_GROUP, CouponRequest, MalformedEntryError
from sample_services.stream_consumer import StreamConsumer
from stream_tracing import (
    DEAD_LETTER_REASON,
    DEAD_LETTER_STREAM,
    DELIVERY_COUNT,
    StreamTracer,
)

from .answering import AnsweringServer
from .measured import total

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    from redis.asyncio import Redis

    from sample_services.delivery import Delivery
    from sample_services.settings import QueueSettings
    from sample_services.stream_consumer import Handler

STREAM, GROUP = "orders", "packers"
DEAD = f"{STREAM}.dead"


class HandlerError(Exception):
    pass


def failing(tell: Callable[[Delivery], None]) -> Handler:
    async def handler(batch: Sequence[Delivery]) -> None:
        for delivery in batch:
            if "good" not in delivery.fields:
                tell(delivery)

    return handler


def consumer(redis: Redis, queue: QueueSettings, handler: Handler) -> StreamConsumer:
    return StreamConsumer(redis, STREAM, GROUP, handler, queue, StreamTracer())


async def deliver_again(reader: StreamConsumer, times: int) -> None:
    for _ in range(times):
        await asyncio.sleep(0.003)
        await reader.reclaim()


async def times_delivered(redis: Redis) -> list[int]:
    pending: list[Any] = await redis.xpending_range(STREAM, GROUP, "-", "+", 10)
    return [item["times_delivered"] for item in pending]


async def the_letter(redis: Redis, stream: str = DEAD) -> dict[Any, Any]:
    letters: Any = await redis.xrange(stream)
    ((_, fields),) = letters
    return dict(fields)


def last_span(spans: InMemorySpanExporter) -> ReadableSpan:
    return spans.get_finished_spans()[-1]


def dead_count(reason: str, stream: str = STREAM) -> float:
    return total("messaging.redis.dead_letters", messaging__destination__name=stream, reason=reason)


async def test_an_entry_that_keeps_failing_ends_in_the_dead_letters_with_all_it_had(
    redis: Redis, redis_url: str, queue: QueueSettings, spans: InMemorySpanExporter
) -> None:
    fields: dict[Any, Any] = {"n": "1", "traceparent": f"00-{'a' * 32}-{'b' * 16}-01", "raw": b"\xff\x00"}
    entry_id = await redis.xadd(STREAM, fields)
    await redis.xadd(STREAM, {"good": "yes"})
    before = dead_count("failed")
    reader = consumer(redis, queue, failing(lambda it: it.fail(HandlerError("no such shelf"))))
    await reader.open_group()
    await reader.step()
    await deliver_again(reader, 3)
    assert await redis.exists(DEAD) == 0
    await deliver_again(reader, 1)

    assert await redis.xlen(STREAM) == 0
    assert await times_delivered(redis) == []
    raw = RawRedis.from_url(redis_url)
    letter = await the_letter(raw)
    await raw.aclose()
    assert letter.pop(b"dead.at").endswith(b"+00:00")
    assert letter == {
        b"n": b"1",
        b"traceparent": f"00-{'a' * 32}-{'b' * 16}-01".encode(),
        b"raw": b"\xff\x00",
        b"dead.fields": b"3",
        b"dead.reason": b"failed",
        b"dead.error.type": f"{__name__}.HandlerError".encode(),
        b"dead.error.message": b"no such shelf",
        b"dead.delivery_count": b"5",
        b"dead.entry_id": str(entry_id).encode(),
        b"dead.group": GROUP.encode(),
    }
    span = last_span(spans)
    assert span.context
    assert f"{span.context.trace_id:032x}" == "a" * 32
    assert span.status.status_code is StatusCode.ERROR
    attributes = dict(span.attributes or {})
    assert attributes["error.type"] == f"{__name__}.HandlerError"
    assert (attributes[DEAD_LETTER_STREAM], attributes[DEAD_LETTER_REASON]) == (DEAD, "failed")
    assert attributes[DELIVERY_COUNT] == 5
    assert dead_count("failed") == before + 1


async def test_a_malformed_entry_is_a_dead_letter_at_once(
    redis: Redis, queue: QueueSettings, spans: InMemorySpanExporter
) -> None:
    await redis.xadd(STREAM, {"what": "this"})
    reader = consumer(redis, queue, failing(lambda it: it.reject(MalformedEntryError("no id"), "malformed")))
    await reader.open_group()
    await reader.step()
    letter = await the_letter(redis)
    assert letter["dead.reason"] == "malformed"
    assert letter["dead.delivery_count"] == "1"
    assert (last_span(spans).attributes or {})[DEAD_LETTER_REASON] == "malformed"


async def test_an_outage_makes_no_dead_letters_however_long_it_lasts(
    redis: Redis, queue: QueueSettings
) -> None:
    down = True

    async def handler(batch: Sequence[Delivery]) -> None:
        if down:
            raise RedisConnectionError("gone")

    for n in range(3):
        await redis.xadd(STREAM, {"n": str(n)})
    reader = consumer(redis, queue, handler)
    await reader.open_group()
    await reader.step()
    await deliver_again(reader, 4 * queue.max_deliveries)
    assert await redis.exists(DEAD) == 0
    assert await times_delivered(redis) == [0, 0, 0]
    down = False
    await deliver_again(reader, 1)
    assert await redis.xlen(STREAM) == 0


async def test_failures_before_an_outage_are_not_forgotten(redis: Redis, queue: QueueSettings) -> None:
    tell = [Exception("own"), OutageError("down"), OutageError("down"), Exception("own")]

    def fail(delivery: Delivery) -> None:
        error = tell.pop(0) if tell else Exception("own")
        (delivery.postpone if is_outage(error) else delivery.fail)(error)

    await redis.xadd(STREAM, {"n": "1"})
    reader = consumer(redis, replace(queue, max_deliveries=3), failing(fail))
    await reader.open_group()
    await reader.step()
    await deliver_again(reader, 3)
    assert await times_delivered(redis) == [2]
    await deliver_again(reader, 1)
    assert await redis.xlen(DEAD) == 1


async def test_one_entry_that_makes_its_handler_raise_takes_no_others_along(
    redis: Redis, queue: QueueSettings
) -> None:
    done: list[str] = []

    async def handler(batch: Sequence[Delivery]) -> None:
        if any("bad" in delivery.fields for delivery in batch):
            raise KeyError("a defect that only this entry lays bare")
        done.extend(delivery.fields["n"] for delivery in batch)

    for n in range(4):
        await redis.xadd(STREAM, {"n": str(n), "bad" if n == 1 else "fine": "yes"})
    reader = consumer(redis, queue, handler)
    await reader.open_group()
    await reader.step()
    assert done == ["0", "2", "3"]
    assert await redis.xlen(STREAM) == 1
    await deliver_again(reader, queue.max_deliveries - 1)
    letter = await the_letter(redis)
    assert letter["dead.error.type"] == "KeyError"


class KillError(BaseException):
    pass


async def test_an_entry_that_kills_its_consumers_is_found_out_and_the_others_are_done(
    redis: Redis, queue: QueueSettings
) -> None:
    """Nobody is left to say whose fault it was: the count alone tells, and being alone with it."""
    done: list[str] = []

    async def handler(batch: Sequence[Delivery]) -> None:
        if any("lethal" in delivery.fields for delivery in batch):
            raise KillError
        done.extend(delivery.fields["n"] for delivery in batch)

    for n in range(3):
        await redis.xadd(STREAM, {"n": str(n), "lethal" if n == 1 else "fine": "yes"})
    await consumer(redis, queue, handler).open_group()
    deaths = 0
    while await redis.xlen(STREAM):
        await asyncio.sleep(0.003)
        try:
            await consumer(redis, queue, handler).step()
        except KillError:
            deaths += 1
    assert sorted(done) == ["0", "2"]
    assert deaths == 2 * queue.max_deliveries
    letter = await the_letter(redis)
    assert letter["lethal"] == "yes"
    assert letter["dead.reason"] == "abandoned"


async def test_burying_twice_makes_one_dead_letter(redis: Redis, queue: QueueSettings) -> None:
    """Two consumers had it in hand."""
    await redis.xadd(STREAM, {"n": "1"})
    both = asyncio.Barrier(2)

    async def handler(batch: Sequence[Delivery]) -> None:
        await both.wait()
        batch[0].reject(ValueError("no"), "malformed")

    first = consumer(redis, replace(queue, consumer="a"), handler)
    second = consumer(redis, replace(queue, consumer="b"), handler)
    await first.open_group()

    async def late() -> None:
        await deliver_again(second, 1)

    await asyncio.gather(first.step(), late())
    assert await redis.xlen(DEAD) == 1
    assert await redis.xlen(STREAM) == 0


def test_what_counts_as_an_outage() -> None:
    assert is_outage(TimeoutError())
    assert is_outage(ConnectionRefusedError())
    assert is_outage(RedisConnectionError())
    assert is_outage(OperationalError("SELECT", None, Exception("database is locked")))
    assert not is_outage(MalformedEntryError())
    assert not is_outage(KeyError("x"))


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"request_id": "r"}, "no campaign_id, user_id"),
        ({"request_id": "r" * 65, "campaign_id": "c", "user_id": "u"}, "an invalid request_id"),
        (
            {"request_id": "r", "campaign_id": "c\x00", "user_id": "u\ufffd"},
            "an invalid campaign_id, user_id",
        ),
    ],
)
def test_what_no_database_would_take_is_malformed(fields: dict[str, str], told: str) -> None:
    with pytest.raises(MalformedEntryError, match=told):
        CouponRequest.from_fields(fields)


def notifier(redis: Redis, queue: QueueSettings, callback: Callback) -> StreamConsumer:
    return StreamConsumer(redis, ISSUED, NOTIFIER_GROUP, callback, queue, StreamTracer())


@pytest.mark.parametrize("answer", [None, 503, 500, 429])
async def test_an_api_that_is_down_makes_no_dead_letters_and_all_is_delivered_after_it(
    redis: Redis, queue: QueueSettings, answer: int | None
) -> None:
    with AnsweringServer() as api:
        if answer is None:
            api.stop()
        else:
            api.status = answer
        callback = Callback(api.url)
        for n in range(5):
            await redis.xadd(ISSUED, CouponRequest(f"r{n}", "c", f"u{n}").to_fields())  # type: ignore[arg-type]
        reader = notifier(redis, queue, callback)
        await reader.open_group()
        await reader.step()
        await deliver_again(reader, 3 * queue.max_deliveries)
        assert await redis.xlen(ISSUED) == 5
        assert await redis.exists(f"{ISSUED}.dead") == 0
        if answer is None:
            api.start()
        api.status = 201
        await deliver_again(reader, 1)
        assert await redis.xlen(ISSUED) == 0
        assert {body["delivery_id"] for body in api.bodies[-5:]} == {f"r{n}" for n in range(5)}
        await callback.close()


async def test_what_the_api_refuses_ends_in_the_dead_letters(redis: Redis, queue: QueueSettings) -> None:
    with AnsweringServer() as api:
        api.status = 404
        callback = Callback(api.url)
        await redis.xadd(ISSUED, CouponRequest("r", "c", "u").to_fields())  # type: ignore[arg-type]
        reader = notifier(redis, queue, callback)
        await reader.open_group()
        await reader.step()
        await deliver_again(reader, queue.max_deliveries)
        await callback.close()
    assert len(api.bodies) == queue.max_deliveries
    letter = await the_letter(redis, f"{ISSUED}.dead")
    assert letter["dead.reason"] == "failed"
    assert "404" in letter["dead.error.message"]
