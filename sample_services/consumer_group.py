"""A consumer group as one member uses it: read, claim, acknowledge and bury entries.

Redis counts the deliveries of each pending entry (`times_delivered` of XPENDING). Here this number
counts only the deliveries for which the entry may be at fault. A delivery that failed because of an
outage is subtracted (`uncount`). A delivery that never ended because its consumer was killed counts.
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
# 14 MB of entries of these services. Beyond it the oldest are removed, because a full Redis stops all queues.
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
        """Create the group and the stream if they are missing."""
        # A full Redis refuses the command even if the group exists, and then waiting entries would never be processed.
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
        """Read new entries; wait up to `block_ms` for the first."""
        answer: Any = await self._redis.xreadgroup(
            self._group, self._consumer, {self._stream: ">"}, count=count, block=block_ms
        )
        return list(answer[0][1]) if answer else []

    async def pending(self, after: str, count: int, *, own: bool, idle_ms: int = 0) -> list[tuple[str, int]]:
        """Return pending entries, each with the number of its counted deliveries, in the stream's order.

        Args:
            after: Id after which to continue; empty to start at the first entry.
            count: Maximum number of entries.
            own: Whether to return only this consumer's entries.
            idle_ms: Minimum time since an entry's last delivery, in ms.
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
        """Deliver pending entries to this consumer, unless another consumer was faster. The delivery counts.

        An entry that was deleted while it was pending is acknowledged.
        """
        answer: Any = await self._redis.xclaim(self._stream, self._group, self._consumer, idle_ms, list(ids))
        claimed = [(entry_id, fields) for entry_id, fields in answer if entry_id and fields]
        missing = set(ids) - {entry_id for entry_id, _ in claimed}
        for entry_id in missing:
            if not await self._redis.xrange(self._stream, entry_id, entry_id):
                await self._redis.xack(self._stream, self._group, entry_id)
        return claimed

    async def finish(self, ids: Sequence[str]) -> None:
        """Acknowledge entries and remove them from the stream."""
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.xack(self._stream, self._group, *ids)
            pipe.xdel(self._stream, *ids)
            await pipe.execute()

    async def uncount(self, ids: Sequence[str]) -> None:
        """Subtract the last delivery of each entry from its count."""
        await self._uncount(keys=[self._stream], args=[self._group, self._consumer, *ids])

    async def bury(self, entry_id: str, why: Mapping[str, str]) -> bool:
        """Move an entry to the dead letters; return False if it is no longer in the stream.

        Args:
            entry_id: Id of the entry.
            why: Fields to add to the entry's own. `dead.at`, `dead.entry_id` and `dead.group` are added, too.
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
