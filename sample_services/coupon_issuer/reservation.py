"""Check the stock and the limit of one coupon per user, atomically in Redis, for a whole batch in one call.

Redis is fast but may forget; the database is authoritative. A campaign that Redis does not know is
loaded from the database, and a reservation that the database refuses is corrected (`amend`).

Redis only needs to know the requests under way. The database is queried, for the whole batch, for users that already
have a coupon. So nothing in Redis grows with the number of coupons, and every key expires.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, tuple_

from ..outages import OutageError
from ..queues import request_key
from ..redis_memory import REMEMBERED_SECONDS
from ..schema import Campaign, Coupon
from ..telemetry.sharing import shared_by

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from redis.asyncio import Redis
    from sqlalchemy.ext.asyncio import AsyncEngine

    from ..queues import CouponRequest

ALREADY_ISSUED = "already_issued"
SOLD_OUT = "sold_out"
UNKNOWN_CAMPAIGN = "unknown_campaign"

_ISSUED = "issued"
_UNLOADED = "unloaded"
_LOADS = 4


class NotLoadedError(OutageError):
    """Raised when Redis loses a campaign each time that it is loaded from the database."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Decision about a request: a coupon, or the reason of a rejection."""

    request: CouponRequest
    reason: str | None = None

    @property
    def issued(self) -> bool:
        """Whether the request gets a coupon."""
        return self.reason is None


class Reservations:
    """Decides requests in Redis."""

    def __init__(
        self,
        redis: Redis,
        engine: AsyncEngine,
        remembered_seconds: Callable[[], int] = lambda: REMEMBERED_SECONDS,
    ) -> None:
        """Prepare to decide.

        Args:
            redis: Client that decodes answers.
            engine: The database.
            remembered_seconds: Function that returns the lifetime of new keys in Redis, in seconds.
        """
        self._redis = redis
        self._engine = engine
        self._remembered = remembered_seconds
        self._reserve: Any = redis.register_script(_script("reserve.lua"))
        self._amend: Any = redis.register_script(_script("amend.lua"))

    async def decide(self, requests: Sequence[CouponRequest]) -> list[Decision]:
        """Decide requests in the given order; a request that was decided before gets the same answer.

        Raises NotLoadedError, and RedisError or SQLAlchemyError if a store is not usable.
        """
        holders = await self._holders(requests)
        answers = await self._ask(requests, holders)
        unknown: set[str] = set()
        for _ in range(_LOADS):
            unloaded = [i for i, answer in enumerate(answers) if answer == _UNLOADED]
            campaigns = {requests[i].campaign_id for i in unloaded} - unknown
            if not campaigns:
                return [Decision(*pair) for pair in zip(requests, map(_reason, answers), strict=True)]
            unknown |= {campaign for campaign in campaigns if not await self._load(campaign)}
            again = await self._ask([requests[i] for i in unloaded], holders)
            for i, answer in zip(unloaded, again, strict=True):
                answers[i] = answer
        raise NotLoadedError(
            f"Redis loses the stock of {', '.join(sorted(campaigns))} each time that it is loaded"
        )

    async def amend(self, decision: Decision) -> None:
        """Correct a decision in Redis; `decision` is the database's."""
        request = decision.request
        await self._amend(
            keys=_keys(request),
            args=[self._remembered(), request.request_id, decision.reason or _ISSUED],
        )

    async def settle(self, decisions: Sequence[Decision]) -> None:
        """Shorten the lifetime of requests in Redis, because the database has their outcomes."""
        seconds = self._remembered()
        async with self._redis.pipeline(transaction=False) as pipe:
            for decision in decisions:
                pipe.expire(request_key(decision.request.request_id), seconds)
            await pipe.execute()

    async def _holders(self, requests: Sequence[CouponRequest]) -> dict[tuple[str, str], str]:
        """Return the requests that got coupons, by campaign and user, for the users of these requests."""
        pairs = {(request.campaign_id, request.user_id) for request in requests}
        columns = Coupon.campaign_id, Coupon.user_id
        statement = select(*columns, Coupon.request_id).where(tuple_(*columns).in_(pairs))
        # Without spans, as in `ledger`.
        with shared_by(()):
            async with self._engine.connect() as connection:
                rows = (await connection.execute(statement)).all()
        return {(row.campaign_id, row.user_id): row.request_id for row in rows}

    async def _ask(
        self, requests: Sequence[CouponRequest], holders: Mapping[tuple[str, str], str]
    ) -> list[str]:
        keys: list[str] = []
        arguments: list[str | int] = [self._remembered()]
        for request in requests:
            keys += _keys(request)
            arguments += (request.request_id, holders.get((request.campaign_id, request.user_id), ""))
        answers: list[str] = await self._reserve(keys=keys, args=arguments)
        return answers

    async def _load(self, campaign_id: str) -> bool:
        """Load the stock of a campaign into Redis; return whether there is such a campaign."""
        stock = select(Campaign.stock - Campaign.issued).where(Campaign.id == campaign_id)
        async with self._engine.connect() as connection:
            left = (await connection.execute(stock)).scalar_one_or_none()
        if left is None:
            return False
        # The key expires and is loaded again, which gives back the stock of unused reservations.
        await self._redis.set(_stock_key(campaign_id), left, nx=True, ex=self._remembered())
        return True


def _reason(answer: str) -> str | None:
    if answer == _ISSUED:
        return None
    return UNKNOWN_CAMPAIGN if answer == _UNLOADED else answer


def _keys(request: CouponRequest) -> list[str]:
    return [
        _stock_key(request.campaign_id),
        f"coupon:campaign:{request.campaign_id}:holder:{request.user_id}",
        f"coupon:decision:{request.request_id}",
    ]


def _stock_key(campaign_id: str) -> str:
    return f"coupon:campaign:{campaign_id}:stock"


def _script(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
