"""One member's view of a consumer group: what it has in hand, what others left behind, and where entries end.

Redis counts how often each pending entry was delivered (`times_delivered` of XPENDING). Here this
counts the deliveries that say something about the entry: one that failed because something else
was away is taken off again (`uncount`), one that never ended because its consumer was killed stays.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redis.exceptions import ResponseError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from redis.asyncio import Redis

    Entry = tuple[str, dict[str, str]]

DEAD_SUFFIX = ".dead"
# 14 MB of entries such as these. Beyond it the oldest go: Redis that is full would stop all queues.
DEAD_LETTERS_KEPT = 20_000


class ConsumerGroup:
    """A group of one stream, as one consumer uses it."""

    def __init__(
        self,
        redis: Redis,
        stream: str,
        group: str,
        consumer: str,
        dead_letters_kept: int = DEAD_LETTERS_KEPT,
    ) -> None:
        self._dead_letters_kept = dead_letters_kept
        self._redis = redis
        self._stream = stream
        self._group = group
        self._consumer = consumer
        self._bury: Any = redis.register_script(_script("bury.lua"))
        self._uncount: Any = redis.register_script(_script("uncount.lua"))

    async def create(self) -> None:
        """Create the group, and the stream with it, unless they are there."""
        # A Redis that is full refuses to create it even where it exists, and what waits could not be worked off.
        if await self._exists():
            return
        try:
            await self._redis.xgroup_create(self._stream, self._group, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    async def _exists(self) -> bool:
        try:
            groups: list[Any] = await self._redis.xinfo_groups(self._stream)
        except ResponseError as error:
            if "no such key" in str(error):
                return False
            raise
        return any(group["name"] == self._group for group in groups)

    async def read(self, count: int, block_ms: int) -> list[Entry]:
        """Take up new entries, waiting `block_ms` for the first."""
        answer: Any = await self._redis.xreadgroup(
            self._group, self._consumer, {self._stream: ">"}, count=count, block=block_ms
        )
        return list(answer[0][1]) if answer else []

    async def pending(self, after: str, count: int, *, own: bool, idle_ms: int = 0) -> list[tuple[str, int]]:
        """Entries in hand, with how many of their deliveries count, in the stream's order.

        Args:
            after: the id to go on after; empty for the first.
            count: how many at most.
            own: only this consumer's.
            idle_ms: only those delivered at least so long ago.
        """
        found: list[Any] = await self._redis.xpending_range(
            self._stream,
            self._group,
            f"({after}" if after else "-",
            "+",
            count,
            self._consumer if own else None,
            idle_ms or None,
        )
        return [(item["message_id"], item["times_delivered"]) for item in found]

    async def claim(self, ids: Sequence[str], idle_ms: int) -> list[Entry]:
        """Deliver pending entries to this consumer, which counts, unless another one was faster.

        An entry that was deleted while it was pending is forgotten.
        """
        answer: Any = await self._redis.xclaim(self._stream, self._group, self._consumer, idle_ms, list(ids))
        claimed = [(entry_id, fields) for entry_id, fields in answer if entry_id and fields]
        missing = set(ids) - {entry_id for entry_id, _ in claimed}
        for entry_id in missing:
            if not await self._redis.xrange(self._stream, entry_id, entry_id):
                await self._redis.xack(self._stream, self._group, entry_id)
        return claimed

    async def finish(self, ids: Sequence[str]) -> None:
        """Acknowledge entries and take them out of the stream."""
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.xack(self._stream, self._group, *ids)
            pipe.xdel(self._stream, *ids)
            await pipe.execute()

    async def uncount(self, ids: Sequence[str]) -> None:
        """Take the last delivery of entries off their count."""
        await self._uncount(keys=[self._stream], args=[self._group, self._consumer, *ids])

    async def bury(self, entry_id: str, why: Mapping[str, str]) -> bool:
        """Move an entry to the dead letters; False when it is not in the stream any more.

        Args:
            entry_id: the entry.
            why: fields to add to its own; `dead.at`, `dead.entry_id` and `dead.group` are added to them.
        """
        told = {
            **why,
            "dead.entry_id": entry_id,
            "dead.group": self._group,
            "dead.at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        }
        letter = await self._bury(
            keys=[self._stream, self._stream + DEAD_SUFFIX],
            args=[
                self._group,
                entry_id,
                self._dead_letters_kept,
                *(part for item in told.items() for part in item),
            ],
        )
        return bool(letter)


def _script(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
