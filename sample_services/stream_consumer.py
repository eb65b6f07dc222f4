"""Reads one Redis stream through a consumer group: in batches, at least once, each entry in its own trace.

An entry is acknowledged, and taken out of the stream, when its handler is done with it; one that
failed stays pending and is delivered again after `reclaim_idle_ms`, here or at another consumer.
So the stream's length is the work that is left, and nothing is ever trimmed away unread: one
consumer group a stream.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any

from prometheus_client import Counter, Histogram
from redis.exceptions import RedisError, ResponseError

from .telemetry.sharing import mark_failed
from .telemetry.streams import StreamTracer, queue_wait_ms

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from opentelemetry.context import Context
    from opentelemetry.trace import Span
    from redis.asyncio import Redis

    from .settings import QueueSettings

    Handler = Callable[[Sequence["Delivery"]], Awaitable[None]]
    RawEntry = tuple[str | None, dict[str, str] | None]

_log = logging.getLogger(__name__)

# A database that is down would otherwise have the whole stream read and left pending at full speed.
_FAILURE_PAUSE_SECONDS = 1.0

_consumed = Counter(
    "messaging_client_consumed_messages",
    "Entries delivered to this consumer; error_type is empty for those that were done.",
    ["messaging_destination_name", "error_type"],
)
_wait = Histogram(
    "messaging_queue_wait_seconds",
    "From an entry's creation to the start of its processing.",
    ["messaging_destination_name"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
)


class Delivery:
    """One entry in the hands of a handler.

    Its process span starts when its work does: at the first look at `span` or `context`. In a batch that is worked
    off a few at a time, an entry that waits for its turn still waits, and is not being processed.

    Attributes:
        id: of the entry, as Redis gave it.
        fields: of the entry.
        error: why it was not done; None when it was.
    """

    __slots__ = ("_begin", "_begun", "error", "fields", "id")

    def __init__(self, id: str, fields: dict[str, str], begin: Callable[[], tuple[Span, Context]]) -> None:  # noqa: A002
        """Take an entry; `begin` starts its process span."""
        self.id = id
        self.fields = fields
        self.error: Exception | None = None
        self._begin = begin
        self._begun: tuple[Span, Context] | None = None

    @property
    def span(self) -> Span:
        """Its process span, which the consumer ends."""
        return self._work()[0]

    @property
    def context(self) -> Context:
        """The context to do its work in."""
        return self._work()[1]

    def fail(self, error: Exception) -> None:
        """Leave it pending, to be delivered again."""
        self.error = error

    def _work(self) -> tuple[Span, Context]:
        if self._begun is None:
            self._begun = self._begin()
        return self._begun


class StreamConsumer:
    """One member of a consumer group."""

    def __init__(
        self,
        redis: Redis,
        stream: str,
        group: str,
        handler: Handler,
        settings: QueueSettings,
        tracer: StreamTracer,
    ) -> None:
        """Prepare a consumer.

        Args:
            redis: a client that decodes answers, with undecodable bytes replaced.
            stream: key of the stream.
            group: the consumer group; created when missing, from the stream's first entry on.
            handler: does the work of a batch. It calls `fail` on deliveries that could not be done;
                when it raises, the whole batch is delivered again.
            settings: batch size, waits, name.
            tracer: makes the process spans.
        """
        self._redis = redis
        self._stream = stream
        self._group = group
        self._handler = handler
        self._settings = settings
        self._tracer = tracer
        self._next_reclaim = 0.0
        self._failing = False
        self.ready = False

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until `stop` is set; the batch in hand is finished first. Survives a Redis restart."""
        pause = 0.1
        while not stop.is_set():
            try:
                await self._open()
                pause = 0.1
                while not stop.is_set():
                    await self.step()
                    if self._failing:
                        await _sleep_unless(stop, _FAILURE_PAUSE_SECONDS)
            except (RedisError, OSError) as error:
                self.ready = False
                _log.warning("stream %s: %s; trying again in %.1f s", self._stream, error, pause)
                await _sleep_unless(stop, pause)
                pause = min(pause * 2, 5.0)
        self.ready = False

    async def step(self) -> int:
        """Take up what others left behind when that is due, then read new entries; returns how many."""
        if time.monotonic() >= self._next_reclaim:
            await self.reclaim()
            self._next_reclaim = time.monotonic() + self._settings.reclaim_idle_ms / 2000
        answer: Any = await self._redis.xreadgroup(
            self._group,
            self._settings.consumer,
            {self._stream: ">"},
            count=self._settings.batch_size,
            block=self._settings.block_ms,
        )
        entries = answer[0][1] if answer else []
        if entries:
            await self._process(entries)
        return len(entries)

    async def reclaim(self) -> None:
        """Deliver again what has been pending for `reclaim_idle_ms`, from whatever consumer."""
        cursor = "0-0"
        while True:
            answer = await self._redis.xautoclaim(
                self._stream,
                self._group,
                self._settings.consumer,
                self._settings.reclaim_idle_ms,
                cursor,
                count=self._settings.batch_size,
            )
            cursor = answer[0]
            await self._process_again(answer[1])
            if cursor == "0-0":
                return

    async def open_group(self) -> None:
        """Create the group, and the stream with it, unless they are there."""
        try:
            await self._redis.xgroup_create(self._stream, self._group, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    async def _open(self) -> None:
        await self.open_group()
        await self._resume()
        self._next_reclaim = 0.0
        self.ready = True

    async def _resume(self) -> None:
        """Finish what this consumer, under this name, had in hand when it was killed."""
        last = "0"
        while True:
            answer: Any = await self._redis.xreadgroup(
                self._group, self._settings.consumer, {self._stream: last}, count=self._settings.batch_size
            )
            entries = answer[0][1] if answer else []
            if not entries:
                return
            await self._process_again(entries)
            last = entries[-1][0]

    async def _process_again(self, entries: Sequence[RawEntry]) -> None:
        # An entry that was deleted while pending comes without an id or without fields.
        found = [(entry_id, fields) for entry_id, fields in entries if entry_id and fields]
        gone = [entry_id for entry_id, fields in entries if entry_id and not fields]
        if gone:
            await self._redis.xack(self._stream, self._group, *gone)
        if not found:
            return
        async with self._redis.pipeline(transaction=False) as pipe:
            for entry_id, _ in found:
                pipe.xpending_range(self._stream, self._group, entry_id, entry_id, 1)
            pending: list[Any] = await pipe.execute()
        await self._process(found, [item[0]["times_delivered"] if item else 1 for item in pending])

    async def _process(
        self, entries: Sequence[tuple[str, dict[str, str]]], counts: Sequence[int] | None = None
    ) -> None:
        deliveries = [
            self._deliver(entry_id, fields or {}, len(entries), counts[index] if counts else 1)
            for index, (entry_id, fields) in enumerate(entries)
        ]
        try:
            await self._handler(deliveries)
            self._failing = False
        except Exception as error:
            _log.exception("stream %s: a batch of %d failed", self._stream, len(deliveries))
            self._failing = True
            for delivery in deliveries:
                delivery.fail(error)
        done = [delivery.id for delivery in deliveries if self._close(delivery)]
        if done:
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.xack(self._stream, self._group, *done)
                pipe.xdel(self._stream, *done)
                await pipe.execute()

    def _deliver(self, entry_id: str, fields: dict[str, str], batch_size: int, count: int) -> Delivery:
        def begin() -> tuple[Span, Context]:
            _wait.labels(self._stream).observe(queue_wait_ms(entry_id, time.time_ns() / 1e6) / 1000)
            return self._tracer.start_process(
                self._stream, self._group, entry_id, fields, batch_size=batch_size, delivery_count=count
            )

        return Delivery(entry_id, fields, begin)

    def _close(self, delivery: Delivery) -> bool:
        error = delivery.error
        if error is not None:
            mark_failed(delivery.span, error)
            if not self._failing:
                _log.warning("stream %s: entry %s stays pending: %s", self._stream, delivery.id, error)
        delivery.span.end()
        _consumed.labels(self._stream, type(error).__name__ if error else "").inc()
        return error is None


async def _sleep_unless(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
