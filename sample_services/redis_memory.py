"""How full Redis is, and what follows from that: how long records stay, and when new work is refused.

Redis holds what waits in the streams, dead letters, and records of requests: who asked under which id, what was
decided, who holds a coupon. The database knows all of it once a request is decided; the records only keep what is
sent twice within a short time from being decided twice. So they are what gives way first:

| memory in use | what happens |
| --- | --- |
| below 50 % | records stay for `REQUESTS_REMEMBERED` seconds after the decision |
| 50 to 80 % | for less, down to 30 s |
| 85 % and more | new requests for coupons are answered 429; what waits in the streams is worked off in the rest |
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from prometheus_client import Gauge
from redis.exceptions import RedisError

from .queues import FULL_SHARE

if TYPE_CHECKING:
    from redis.asyncio import Redis

REMEMBERED_SECONDS = 600
LEAST_REMEMBERED_SECONDS = 30
_EASY_SHARE, _TIGHT_SHARE = 0.5, 0.8
# A thousand requests a second write 0.6 MB between two looks.
_EVERY_SECONDS = 1.0

_used_ratio = Gauge(
    "coupon_redis_memory_used_ratio",
    "Memory that Redis uses, as a share of its maxmemory; at 0.85 new requests are refused. 0 without a maxmemory.",
)


class RedisMemory:
    """The memory of one Redis, as a service sees it.

    Attributes:
        share: of `maxmemory` in use at the last look, from 0 on; 0 where there is no limit, or nobody has looked.
    """

    def __init__(self, redis: Redis, remembered_seconds: int = REMEMBERED_SECONDS) -> None:
        self._redis = redis
        self._remembered = remembered_seconds
        self.share = 0.0

    @property
    def is_full(self) -> bool:
        """Whether new work must be refused, so that what has been taken can be done."""
        return self.share >= FULL_SHARE

    def remembered_seconds(self) -> int:
        """How long a record stays after its request was decided: the less, the fuller Redis is."""
        least = min(self._remembered, LEAST_REMEMBERED_SECONDS)
        ease = (_TIGHT_SHARE - self.share) / (_TIGHT_SHARE - _EASY_SHARE)
        return round(least + (self._remembered - least) * max(0.0, min(1.0, ease)))

    async def look(self) -> None:
        """Ask Redis; raises RedisError."""
        info: dict[str, Any] = await self._redis.info("memory")
        # What Redis itself compares with maxmemory: without the buffers of its log and of its replicas.
        used = int(info["used_memory"]) - int(info.get("mem_not_counted_for_evict", 0))
        most = int(info.get("maxmemory", 0))
        self.share = used / most if most else 0.0
        _used_ratio.set(self.share)

    async def run(self, stop: asyncio.Event) -> None:
        """Look once a second until `stop` is set; while Redis does not answer, what was seen last holds."""
        while not stop.is_set():
            with contextlib.suppress(RedisError, OSError):
                await self.look()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _EVERY_SECONDS)
