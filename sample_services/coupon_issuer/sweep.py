"""Finds coupons that nobody will be told of, because their entry of `coupon.issued` is lost, and announces them again.

A coupon is committed before it is announced, and Redis keeps its log on disk with up to a second's delay; a log that is
cut, or lost, takes announcements with it. Once in a while one issuer looks for coupons without a delivery that are
neither in the stream nor among its dead letters. It adds an entry for each: its delivery happens once, as the API notes
a coupon's first delivery only.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from prometheus_client import Counter
from redis.exceptions import RedisError
from sqlalchemy import exists, func, select
from sqlalchemy.exc import SQLAlchemyError

from stream_tracing import end_send

from ..consumer_group import DEAD_SUFFIX
from ..queues import CAMPAIGN_ATTRIBUTE, ISSUED, CouponRequest
from ..schema import Coupon, Delivery

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from redis.asyncio import Redis
    from sqlalchemy import Select
    from sqlalchemy.ext.asyncio import AsyncEngine

    from stream_tracing import StreamTracer

_log = logging.getLogger(__name__)

EVERY_SECONDS = 15.0
# Longer than an entry in hand is left alone: by then it was announced, or its request was delivered again.
OLD_SECONDS = 30.0
# A transaction that began long ago may commit now, with the time of its beginning.
_MARGIN = timedelta(minutes=5)
# Above these the notifier is far behind; what is lost is found when it has caught up.
_MOST_WAITING, _MOST_UNDELIVERED = 200_000, 20_000
_AT_ONCE = 1_000
_TURN = "coupon:sweep"

_announced = Counter(
    "coupon_issuer_announced_again", "Coupons announced again, because their entry of coupon.issued was lost."
)


class Sweep:
    """Looks for coupons that are not announced; all issuers of one database may have one."""

    def __init__(
        self,
        redis: Redis,
        engine: AsyncEngine,
        tracer: StreamTracer,
        every_seconds: float = EVERY_SECONDS,
        old_seconds: float = OLD_SECONDS,
    ) -> None:
        """Prepare to look.

        Args:
            redis: a client that decodes answers.
            engine: the database.
            tracer: makes the send spans; each begins a trace, as the one of the request is lost with the entry.
            every_seconds: how often one of all issuers looks.
            old_seconds: a coupon's age, by the database's clock, from which on it should have been announced.
        """
        self._redis = redis
        self._engine = engine
        self._tracer = tracer
        self._every = every_seconds
        self._old = timedelta(seconds=old_seconds)
        # All coupons before this are delivered, or dead letters: nobody has to look at them again.
        self._done_until: datetime | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Look at the given interval until `stop` is set. A look that fails is repeated at the next interval."""
        while not stop.is_set():
            try:
                if await self._is_our_turn():
                    await self.look()
            except (RedisError, SQLAlchemyError, OSError) as error:
                _log.warning("coupons that were not announced can't be looked for now: %s", error)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._every)

    async def look(self) -> int:
        """Announce what is lost, the oldest first, up to 1,000 coupons; returns how many.

        Raises:
            RedisError, SQLAlchemyError: a store cannot be asked.
        """
        if await self._redis.xlen(ISSUED) > _MOST_WAITING:
            return 0
        async with self._engine.connect() as connection:
            now: datetime = (await connection.execute(select(func.now()))).scalar_one()
            old = now.replace(tzinfo=None) - self._old
            found = (await connection.execute(self._undelivered(old))).all()
        undelivered = {row.request_id: row for row in found}
        waiting = await self._there(ISSUED, undelivered)
        dead = await self._there(ISSUED + DEAD_SUFFIX, undelivered)
        lost = [row.request_id for row in found if row.request_id not in waiting | dead][:_AT_ONCE]
        if lost:
            # One that was in hand has been delivered by now: its entry goes after its delivery is stored.
            lost = await self._still_undelivered(lost)
            await self._announce(
                [CouponRequest(it, undelivered[it].campaign_id, undelivered[it].user_id) for it in lost]
            )
        ahead = [row.created_at for row in found if row.request_id not in dead]
        if len(found) == _MOST_UNDELIVERED:
            ahead.append(found[-1].created_at)
        # SQLite compares text, in which a whole second comes before the same one with a fraction.
        self._done_until = min([*ahead, old - _MARGIN]) - timedelta(seconds=1)
        return len(lost)

    async def _is_our_turn(self) -> bool:
        return bool(await self._redis.set(_TURN, "1", nx=True, px=max(1, int(self._every * 900))))

    def _undelivered(self, old: datetime) -> Select[str, str, str, datetime]:
        statement = (
            select(Coupon.request_id, Coupon.campaign_id, Coupon.user_id, Coupon.created_at)
            .where(Coupon.created_at <= old)
            .where(~exists().where(Delivery.request_id == Coupon.request_id))
            .order_by(Coupon.created_at, Coupon.request_id)
            .limit(_MOST_UNDELIVERED)
        )
        if self._done_until is not None:
            statement = statement.where(Coupon.created_at >= self._done_until)
        return statement

    async def _still_undelivered(self, ids: Sequence[str]) -> list[str]:
        delivered = select(Delivery.request_id).where(Delivery.request_id.in_(ids))
        async with self._engine.connect() as connection:
            known = set((await connection.execute(delivered)).scalars())
        return [request_id for request_id in ids if request_id not in known]

    async def _there(self, stream: str, wanted: dict[str, Any]) -> set[str]:
        """Those of some requests that have an entry in a stream."""
        found: set[str] = set()
        after = "-"
        while len(found) < len(wanted):
            entries: Any = await self._redis.xrange(stream, after, "+", _AT_ONCE)
            found |= wanted.keys() & {fields.get("request_id") for _, fields in entries}
            if len(entries) < _AT_ONCE:
                break
            after = f"({entries[-1][0]}"
        return found

    async def _announce(self, requests: Sequence[CouponRequest]) -> None:
        for request in requests:
            fields = request.to_fields()
            span = self._tracer.start_send(
                ISSUED, fields, attributes={CAMPAIGN_ATTRIBUTE: request.campaign_id, "coupon.again": True}
            )
            try:
                entry_id: Any = await self._redis.xadd(ISSUED, fields)  # type: ignore[arg-type]
            except BaseException:
                span.end()
                raise
            end_send(span, entry_id)
        if requests:
            _announced.inc(len(requests))
            _log.warning("announced %d coupons again, whose entries were lost", len(requests))
