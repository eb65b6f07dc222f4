"""Stock and one-per-user, decided atomically in Redis for a whole batch in one call.

Redis is fast and may forget; the database is right. A campaign that Redis does not know is loaded
from the database, and a reservation that the database refuses is taken back (`amend`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from ..outages import OutageError
from ..schema import Campaign, Coupon

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redis.asyncio import Redis
    from sqlalchemy.ext.asyncio import AsyncEngine

    from ..queues import CouponRequest

ALREADY_ISSUED = "already_issued"
SOLD_OUT = "sold_out"
UNKNOWN_CAMPAIGN = "unknown_campaign"

_ISSUED = "issued"
_UNLOADED = "unloaded"
_REMEMBERED_SECONDS = 7 * 24 * 3600
_LOADS = 4
_HOLDERS_AT_ONCE = 5_000


class NotLoadedError(OutageError):
    """Redis keeps losing campaigns that the database knows."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a request gets: a coupon, or a reason why not."""

    request: CouponRequest
    reason: str | None = None

    @property
    def issued(self) -> bool:
        """Whether it gets a coupon."""
        return self.reason is None


class Reservations:
    """Decides requests."""

    def __init__(self, redis: Redis, engine: AsyncEngine) -> None:
        self._redis = redis
        self._engine = engine
        self._reserve: Any = redis.register_script(_script("reserve.lua"))
        self._amend: Any = redis.register_script(_script("amend.lua"))

    async def decide(self, requests: Sequence[CouponRequest]) -> list[Decision]:
        """Decide requests in the order given; a request that was decided before gets the same answer.

        Raises NotLoadedError, and RedisError or SQLAlchemyError when a store cannot be asked.
        """
        answers = await self._ask(requests)
        unknown: set[str] = set()
        for _ in range(_LOADS):
            unloaded = [i for i, answer in enumerate(answers) if answer == _UNLOADED]
            campaigns = {requests[i].campaign_id for i in unloaded} - unknown
            if not campaigns:
                return [Decision(*pair) for pair in zip(requests, map(_reason, answers), strict=True)]
            unknown |= {campaign for campaign in campaigns if not await self._load(campaign)}
            again = await self._ask([requests[i] for i in unloaded])
            for i, answer in zip(unloaded, again, strict=True):
                answers[i] = answer
        raise NotLoadedError(f"stock of {', '.join(sorted(campaigns))} is lost as often as it is loaded")

    async def amend(self, decision: Decision) -> None:
        """Correct a decision; `decision` is what the database says instead."""
        request = decision.request
        await self._amend(
            keys=_keys(request),
            args=[_REMEMBERED_SECONDS, request.request_id, request.user_id, decision.reason or _ISSUED],
        )

    async def _ask(self, requests: Sequence[CouponRequest]) -> list[str]:
        keys: list[str] = []
        arguments: list[str | int] = [_REMEMBERED_SECONDS]
        for request in requests:
            keys += _keys(request)
            arguments += (request.request_id, request.user_id)
        answers: list[str] = await self._reserve(keys=keys, args=arguments)
        return answers

    async def _load(self, campaign_id: str) -> bool:
        """Put stock and holders of a campaign into Redis; tells whether there is such a campaign."""
        stock = select(Campaign.stock - Campaign.issued).where(Campaign.id == campaign_id)
        coupons = select(Coupon.user_id, Coupon.request_id).where(Coupon.campaign_id == campaign_id)
        async with self._engine.connect() as connection:
            left = (await connection.execute(stock)).scalar_one_or_none()
            holders = (await connection.execute(coupons)).all() if left is not None else []
        if left is None:
            return False
        # The stock comes last: nothing is reserved before it is there.
        for start in range(0, len(holders), _HOLDERS_AT_ONCE):
            part = {row.user_id: row.request_id for row in holders[start : start + _HOLDERS_AT_ONCE]}
            await self._redis.hset(_holders_key(campaign_id), mapping=part)
        await self._redis.set(_stock_key(campaign_id), left, nx=True)
        return True


def _reason(answer: str) -> str | None:
    if answer == _ISSUED:
        return None
    return UNKNOWN_CAMPAIGN if answer == _UNLOADED else answer


def _keys(request: CouponRequest) -> list[str]:
    return [
        _stock_key(request.campaign_id),
        _holders_key(request.campaign_id),
        f"coupon:decision:{request.request_id}",
    ]


def _stock_key(campaign_id: str) -> str:
    return f"coupon:campaign:{campaign_id}:stock"


def _holders_key(campaign_id: str) -> str:
    return f"coupon:campaign:{campaign_id}:holders"


def _script(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
