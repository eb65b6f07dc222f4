"""Read one Redis stream through a consumer group: in batches, at least once, each entry in its own trace.

An entry is acknowledged and removed from the stream when its handler has processed it. Any other entry
stays pending and is delivered again after `reclaim_idle_ms`, to this or another consumer. So the
stream's length is the remaining work, and no entry is trimmed unread. This needs one consumer group
per stream.

An entry that cannot be processed ends in the stream `{stream}.dead`, with all its fields and the
reason (`dead.reason`):

| reason | the entry | when |
| --- | --- | --- |
| `malformed` | cannot be read | at its first delivery |
| `failed` | failed by its own fault | at delivery number `max_deliveries` |
| `abandoned` | was being processed whenever a consumer died | after 2 × `max_deliveries` unfinished deliveries |

Failures because a database or another service is down do not count: see `outages`. An entry that was
being processed at `max_deliveries` deaths is delivered alone from then on, so that an entry that
kills its consumers does not affect others.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from redis.exceptions import RedisError

from stream_tracing import StreamTracer, error_type, mark_dead, record_processed
from stream_tracing.meter import GROUP, STREAM

from .consumer_group import DEAD_SUFFIX, ConsumerGroup
from .delivery import Delivery, Verdict
from .outages import OutageError, is_outage
from .telemetry.instruments import counter
from .telemetry.sharing import mark_failed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from opentelemetry.context import Context
    from opentelemetry.trace import Span
    from redis.asyncio import Redis

    from .consumer_group import Entry
    from .settings import QueueSettings

    Handler = Callable[[Sequence[Delivery]], Awaitable[None]]

_log = logging.getLogger(__name__)

# Without this pause, the whole stream would be read and left pending at full speed while a database is down.
_OUTAGE_PAUSE_SECONDS = 1.0
_LEAVE_SECONDS = 2.0

_redeliveries = counter(
    "messaging.redis.redeliveries",
    "{message}",
    "Entries delivered again, to this or another consumer.",
    [STREAM, GROUP],
)
_dead = counter(
    "messaging.redis.dead_letters",
    "{message}",
    "Entries moved to the dead letters, by `dead.reason`.",
    [STREAM, GROUP, "reason"],
)


class AbandonedError(Exception):
    """Raised when a consumer has died during each delivery of an entry."""


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
            redis: Client that decodes answers and replaces undecodable bytes.
            stream: Key of the stream.
            group: Consumer group. If it is missing, it is created to start at the stream's first entry.
            handler: Processes a batch. It marks each delivery that it could not process with
                `fail`, `postpone` or `reject`. If it raises because of an outage, the whole batch is
                postponed. After any other exception, each entry is handled again alone, to find the one at fault.
            settings: Batch size, limits, waits, name.
            tracer: Creates the process spans.
        """
        self._entries = ConsumerGroup(redis, stream, group, settings.consumer, settings.dead_letters_kept)
        self._stream = stream
        self._group = group
        self._measured = {STREAM: stream, GROUP: group}
        self._handler = handler
        self._settings = settings
        self._tracer = tracer
        self._stop = asyncio.Event()
        self._next_reclaim = 0.0
        self._outage = False
        self.ready = False

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until `stop` is set, and finish the current batch. Survives a Redis restart."""
        self._stop = stop
        pause = 0.1
        while not stop.is_set():
            try:
                await self._open()
                pause = 0.1
                while not stop.is_set():
                    await self.step()
                    if self._outage:
                        await _sleep_unless(stop, _OUTAGE_PAUSE_SECONDS)
            except (RedisError, OSError) as error:
                self.ready = False
                _log.warning("stream %s: %s; trying again in %.1f s", self._stream, error, pause)
                await _sleep_unless(stop, pause)
                pause = min(pause * 2, 5.0)
        self.ready = False

    async def step(self) -> int:
        """Reclaim idle entries if that is due, then read new ones; return the number of new entries."""
        if time.monotonic() >= self._next_reclaim:
            await self.reclaim()
            self._next_reclaim = time.monotonic() + self._settings.reclaim_idle_ms / 2000
            if self._stop.is_set():
                return 0
        entries = await self._entries.read(self._settings.batch_size, self._settings.block_ms)
        if entries:
            await self._process([self._deliver(entry, len(entries)) for entry in entries])
        return len(entries)

    async def reclaim(self) -> None:
        """Deliver again the entries of any consumer that have been pending for `reclaim_idle_ms`.

        XAUTOCLAIM does the same in one step. This uses two, because the number of an entry's
        deliveries must be known before the next one.
        """
        await self._take_up(own=False, idle_ms=self._settings.reclaim_idle_ms)

    async def open_group(self) -> None:
        """Create the group and the stream if they are missing."""
        await self._entries.create()

    async def _open(self) -> None:
        await self.open_group()
        # Entries that a consumer of this name was processing when it was killed.
        await self._take_up(own=True, idle_ms=0)
        self._next_reclaim = 0.0
        self.ready = True

    async def _take_up(self, *, own: bool, idle_ms: int) -> None:
        after, limit = "", self._settings.max_deliveries
        while not self._stop.is_set():
            pending = await self._entries.pending(after, self._settings.batch_size, own=own, idle_ms=idle_ms)
            if not pending:
                return
            after = pending[-1][0]
            counts = dict(pending)
            await self._deliver_again([it for it in counts if counts[it] < limit], counts, idle_ms)
            for suspect in (it for it in counts if counts[it] >= limit):
                if self._stop.is_set():
                    return
                await self._deliver_again([suspect], counts, idle_ms)

    async def _deliver_again(self, ids: Sequence[str], counts: dict[str, int], idle_ms: int) -> None:
        entries = await self._entries.claim(ids, idle_ms) if ids else []
        if entries:
            _redeliveries.add(len(entries), self._measured)
        deliveries = [self._deliver(entry, len(entries), counts[entry[0]] + 1) for entry in entries]
        if len(deliveries) == 1 and deliveries[0].count > 2 * self._settings.max_deliveries:
            error = AbandonedError(f"its consumers died during all of {deliveries[0].count - 1} deliveries")
            deliveries[0].reject(error, "abandoned")
            await self._settle(deliveries)
        elif deliveries:
            await self._process(deliveries)

    async def _process(self, deliveries: Sequence[Delivery]) -> None:
        try:
            await self._handler(deliveries)
        except Exception as error:
            _log.exception("stream %s: a batch of %d failed", self._stream, len(deliveries))
            if is_outage(error):
                for delivery in deliveries:
                    delivery.postpone(error)
            else:
                await self._process_alone(deliveries, error)
        except asyncio.CancelledError:
            await self._leave(deliveries)
            raise
        await self._settle(deliveries)

    async def _process_alone(self, deliveries: Sequence[Delivery], error: Exception) -> None:
        for delivery in deliveries:
            if delivery.verdict is not Verdict.DONE:
                continue
            try:
                if len(deliveries) == 1:
                    raise error
                await self._handler([delivery])
            except Exception as own:
                (delivery.postpone if is_outage(own) else delivery.fail)(own)

    async def _leave(self, deliveries: Sequence[Delivery]) -> None:
        """Postpone deliveries that are being processed, because this process ends: they are not at fault."""
        try:
            async with asyncio.timeout(_LEAVE_SECONDS):
                await self._entries.uncount([delivery.id for delivery in deliveries])
        finally:
            for delivery in deliveries:
                if delivery.begun:
                    delivery.postpone(OutageError("its consumer was stopped"))
                    self._close(delivery)

    async def _settle(self, deliveries: Sequence[Delivery]) -> None:
        """Report the results of deliveries to Redis, and end their spans even if Redis does not answer."""
        by_verdict: dict[Verdict, list[str]] = {}
        for delivery in deliveries:
            if delivery.verdict is Verdict.FAILED and delivery.count >= self._settings.max_deliveries:
                assert delivery.error  # noqa: S101  # `fail` sets both
                delivery.reject(delivery.error, "failed")
            by_verdict.setdefault(delivery.verdict, []).append(delivery.id)
        postponed = by_verdict.get(Verdict.POSTPONED, [])
        self._outage = bool(postponed)
        try:
            if done := by_verdict.get(Verdict.DONE):
                await self._entries.finish(done)
            if postponed:
                await self._entries.uncount(postponed)
            for delivery in deliveries:
                if delivery.verdict is Verdict.REJECTED:
                    await self._bury(delivery)
        finally:
            for delivery in deliveries:
                self._close(delivery)

    async def _bury(self, delivery: Delivery) -> None:
        error = delivery.error
        assert error  # noqa: S101  # `reject` sets both
        why = {
            "dead.reason": delivery.reason,
            "dead.error.type": error_type(error),
            "dead.error.message": str(error)[:500],
            "dead.delivery_count": str(delivery.count),
        }
        if await self._entries.bury(delivery.id, why):
            mark_dead(delivery.span, self._stream + DEAD_SUFFIX, delivery.reason)
            _dead.add(1, {**self._measured, "reason": delivery.reason}, delivery.context)
            _log.error("stream %s: entry %s is a dead letter: %s", self._stream, delivery.id, error)

    def _deliver(self, entry: Entry, batch_size: int, count: int = 1) -> Delivery:
        entry_id, fields = entry

        def begin() -> tuple[Span, Context]:
            return self._tracer.start_process(
                self._stream, self._group, entry_id, fields, batch_size=batch_size, delivery_count=count
            )

        return Delivery(entry_id, fields, begin, count)

    def _close(self, delivery: Delivery) -> None:
        error = delivery.error
        if error is not None:
            mark_failed(delivery.span, error)
            if delivery.verdict is not Verdict.REJECTED:
                _log.warning("stream %s: entry %s stays pending: %s", self._stream, delivery.id, error)
        took = time.perf_counter() - delivery.began if delivery.began is not None else 0.0
        record_processed(self._stream, self._group, took, delivery.context, error)
        delivery.span.end()


async def _sleep_unless(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
