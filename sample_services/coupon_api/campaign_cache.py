"""Cache of campaigns in Redis (cache-aside): many readers of a missing campaign cause one load.

A value lives for ten seconds, plus or minus a fifth, so that campaigns that are cached together do not
expire together. `issued` may be outdated by this time.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from typing import TYPE_CHECKING

from opentelemetry import trace
from redis.exceptions import ResponseError
from sqlalchemy import select
from typing_extensions import TypedDict

from ..redis_client import is_full
from ..schema import Campaign
from ..telemetry.instruments import counter
from .failures import BusyError, UnknownError

if TYPE_CHECKING:
    from redis.asyncio import Redis
    from sqlalchemy.ext.asyncio import AsyncEngine

_TTL_MS = 10_000
_LOCK_MS = 3_000
_POLL_SECONDS = 0.02
_POLLS = 250

RESULT = "coupon.cache.result"
_requests = counter(
    "coupon.cache.requests",
    "{request}",
    "Reads of a campaign: hit, miss (this reader loads it) or wait (another reader loads it).",
    [RESULT],
)


class CampaignView(TypedDict):
    """A campaign as readers see it."""

    id: str
    name: str
    stock: int
    issued: int


class CampaignCache:
    """Cache of campaigns by id."""

    def __init__(self, redis: Redis, engine: AsyncEngine) -> None:
        self._redis = redis
        self._engine = engine

    async def get(self, campaign_id: str) -> CampaignView:
        """Read a campaign, and record its origin on the current span (`coupon.cache.result`).

        Raises:
            UnknownError: There is no such campaign.
            BusyError: Another reader's load was not done within 5 s, and this reader could not load it.
            RedisError, SQLAlchemyError: A store is not usable.
        """
        cached = await self._redis.get(_key(campaign_id))
        if cached is None:
            return await self._missed(campaign_id)
        note("hit")
        return _view(campaign_id, cached)

    async def forget(self, campaign_id: str) -> None:
        """Delete a campaign from the cache, so that the next reader loads it."""
        await self._redis.delete(_key(campaign_id))

    async def _missed(self, campaign_id: str) -> CampaignView:
        token = secrets.token_hex(8)
        result = "miss" if await self._lock(campaign_id, token) else "wait"
        note(result)
        return await (self._load(campaign_id, token) if result == "miss" else self._wait(campaign_id, token))

    async def _lock(self, campaign_id: str, token: str) -> bool:
        try:
            return bool(await self._redis.set(_lock_key(campaign_id), token, nx=True, px=_LOCK_MS))
        except ResponseError as error:
            # A full Redis can't store the lock. Then each reader loads the campaign itself: slower, but it answers.
            if is_full(error):
                return True
            raise

    async def _load(self, campaign_id: str, token: str) -> CampaignView:
        # Another reader may have stored the value between our read and our lock.
        cached = await self._redis.get(_key(campaign_id))
        try:
            return _view(campaign_id, cached) if cached is not None else await self._fill(campaign_id)
        finally:
            if await self._redis.get(_lock_key(campaign_id)) == token:
                await self._redis.delete(_lock_key(campaign_id))

    async def _fill(self, campaign_id: str) -> CampaignView:
        value = await self._read(campaign_id)
        try:
            await self._redis.set(_key(campaign_id), value, px=self._lifetime_ms())
        except ResponseError as error:
            if not is_full(error):
                raise
        return _view(campaign_id, value)

    def _lifetime_ms(self) -> int:
        return _jittered(_TTL_MS)

    async def _wait(self, campaign_id: str, token: str) -> CampaignView:
        for _ in range(_POLLS):
            await asyncio.sleep(_POLL_SECONDS)
            cached = await self._redis.get(_key(campaign_id))
            if cached is not None:
                return _view(campaign_id, cached)
            # The loader has failed or died: its lock is gone or expires.
            if await self._lock(campaign_id, token):
                return await self._load(campaign_id, token)
        raise BusyError(f"campaign {campaign_id} is being loaded")

    async def _read(self, campaign_id: str) -> str:
        statement = select(Campaign.name, Campaign.stock, Campaign.issued).where(Campaign.id == campaign_id)
        async with self._engine.connect() as connection:
            row = (await connection.execute(statement)).one_or_none()
        # A missing campaign is cached, too.
        return json.dumps(None if row is None else {"id": campaign_id, **row._mapping})


def _view(campaign_id: str, cached: bytes | str) -> CampaignView:
    view: CampaignView | None = json.loads(cached)
    if view is None:
        raise UnknownError(f"there is no campaign {campaign_id}")
    return view


def note(result: str) -> None:
    """Count a read by its result, and record the result on the current span."""
    _requests.add(1, {RESULT: result})
    trace.get_current_span().set_attribute(RESULT, result)


def _jittered(ttl_ms: int) -> int:
    fifth = ttl_ms // 5
    return ttl_ms - fifth + secrets.randbelow(2 * fifth)


def _key(campaign_id: str) -> str:
    return f"coupon:campaign:{campaign_id}:view"


def _lock_key(campaign_id: str) -> str:
    return f"coupon:campaign:{campaign_id}:loading"
