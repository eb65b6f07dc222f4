"""Stock and one-per-user, decided atomically in Redis for a whole batch in one call.

Redis is fast and may forget; the database is right. A campaign that Redis does not know is loaded
from the database, and a reservation that the database refuses is taken back (`amend`).

Redis only has to know what is under way. Who has a coupon already is asked of the database, for the whole batch; so
nothing in Redis grows with the number of coupons, and every key expires.
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

    def __init__(
        self,
        redis: Redis,
        engine: AsyncEngine,
        remembered_seconds: Callable[[], int] = lambda: REMEMBERED_SECONDS,
    ) -> None:
        """Prepare to decide.

        Args:
            redis: a client that decodes answers.
            engine: the database.
            remembered_seconds: how long Redis keeps what it is given now, in seconds.
        """
        self._redis = redis
        self._engine = engine
        self._remembered = remembered_seconds
        self._reserve: Any = redis.register_script(_script("reserve.lua"))
        self._amend: Any = redis.register_script(_script("amend.lua"))

    async def decide(self, requests: Sequence[CouponRequest]) -> list[Decision]:
        """Decide requests in the order given; a request that was decided before gets the same answer.

        Raises NotLoadedError, and RedisError or SQLAlchemyError when a store cannot be asked.
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
        raise NotLoadedError(f"stock of {', '.join(sorted(campaigns))} is lost as often as it is loaded")

    async def amend(self, decision: Decision) -> None:
        """Correct a decision; `decision` is what the database says instead."""
        request = decision.request
        await self._amend(
            keys=_keys(request),
            args=[self._remembered(), request.request_id, decision.reason or _ISSUED],
        )

    async def settle(self, decisions: Sequence[Decision]) -> None:
        """Let Redis forget requests soon, once the database has their outcomes."""
        seconds = self._remembered()
        async with self._redis.pipeline(transaction=False) as pipe:
            for decision in decisions:
                pipe.expire(request_key(decision.request.request_id), seconds)
            await pipe.execute()

    async def _holders(self, requests: Sequence[CouponRequest]) -> dict[tuple[str, str], str]:
        """The requests that won coupons, by campaign and user, where the users of these requests have one."""
        pairs = {(request.campaign_id, request.user_id) for request in requests}
        columns = Coupon.campaign_id, Coupon.user_id
        statement = select(*columns, Coupon.request_id).where(tuple_(*columns).in_(pairs))
        # It belongs to no trace, as in `ledger`.
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
        """Put the stock of a campaign into Redis; tells whether there is such a campaign."""
        stock = select(Campaign.stock - Campaign.issued).where(Campaign.id == campaign_id)
        async with self._engine.connect() as connection:
            left = (await connection.execute(stock)).scalar_one_or_none()
        if left is None:
            return False
        # It is loaded again after a while: what a reservation that came to nothing took away is then back.
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
