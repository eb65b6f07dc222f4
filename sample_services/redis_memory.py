"""Watch the memory use of Redis, which decides how long records stay and when new requests are refused.

Redis holds the streams, the dead letters, and records of requests: the user of each request id, the decision, and the
holder of each coupon. Once a request is decided, the database has all of this. The records only prevent that a request
that is sent twice within a short time is decided twice. So they are shortened first:

| memory in use | what happens |
| --- | --- |
| below 50 % | records stay for `REQUESTS_REMEMBERED` seconds after the decision |
| 50 to 80 % | records stay for a shorter time, down to 30 s |
| 85 % and more | new requests for coupons are answered 429; the rest of the memory is for processing the streams |
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from redis.exceptions import RedisError

from .queues import FULL_SHARE
from .telemetry.instruments import gauge

if TYPE_CHECKING:
    from redis.asyncio import Redis

REMEMBERED_SECONDS = 600
LEAST_REMEMBERED_SECONDS = 30
_EASY_SHARE, _TIGHT_SHARE = 0.5, 0.8
# A thousand requests per second write 0.6 MB in this time.
_EVERY_SECONDS = 1.0

_used = gauge(
    "coupon.redis.memory.used_ratio",
    "1",
    "Share of maxmemory that Redis uses, 0 without a maxmemory. From 0.85 on, new requests are refused.",
)


class RedisMemory:
    """Memory use of one Redis, as a service sees it.

    Attributes:
        share: Share of `maxmemory` in use at the last query, from 0; 0 without a limit or before the first query.
    """

    def __init__(self, redis: Redis, remembered_seconds: int = REMEMBERED_SECONDS) -> None:
        self._redis = redis
        self._remembered = remembered_seconds
        self.share = 0.0

    @property
    def is_full(self) -> bool:
        """Whether new requests must be refused, so that accepted ones can be processed."""
        return self.share >= FULL_SHARE

    def remembered_seconds(self) -> int:
        """Time that a record stays after the decision, in seconds; shorter when Redis is fuller."""
        least = min(self._remembered, LEAST_REMEMBERED_SECONDS)
        ease = (_TIGHT_SHARE - self.share) / (_TIGHT_SHARE - _EASY_SHARE)
        return round(least + (self._remembered - least) * max(0.0, min(1.0, ease)))

    async def look(self) -> None:
        """Query the memory use. Raises RedisError."""
        info: dict[str, Any] = await self._redis.info("memory")
        # Redis compares this value with maxmemory: it excludes the buffers of its log and of its replicas.
        used = int(info["used_memory"]) - int(info.get("mem_not_counted_for_evict", 0))
        most = int(info.get("maxmemory", 0))
        self.share = used / most if most else 0.0
        _used.set(self.share)

    async def run(self, stop: asyncio.Event) -> None:
        """Query once a second until `stop` is set. While Redis does not answer, the last value stays."""
        while not stop.is_set():
            with contextlib.suppress(RedisError, OSError):
                await self.look()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _EVERY_SECONDS)
