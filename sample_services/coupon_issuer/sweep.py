"""Find coupons whose entry of `coupon.issued` is lost, and announce them again.

A coupon is committed before it is announced, and Redis writes its log to disk with a delay of up to a second. If the
log is cut or lost, announcements are lost. From time to time, one issuer looks for coupons without a delivery that are
neither in the stream nor among its dead letters. It adds an entry for each. A coupon is still delivered only once,
because the API records only its first delivery.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from redis.exceptions import RedisError
from sqlalchemy import exists, func, select
from sqlalchemy.exc import SQLAlchemyError

from stream_tracing import end_send

from ..consumer_group import DEAD_SUFFIX
from ..queues import CAMPAIGN_ATTRIBUTE, ISSUED, CouponRequest
from ..schema import Coupon, Delivery
from ..telemetry.instruments import counter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from redis.asyncio import Redis
    from sqlalchemy import Select
    from sqlalchemy.ext.asyncio import AsyncEngine

    from stream_tracing import StreamTracer

_log = logging.getLogger(__name__)

EVERY_SECONDS = 15.0
# Longer than the default `reclaim_idle_ms`: by then the coupon was announced, or its request was delivered again.
OLD_SECONDS = 30.0
# A transaction that began long ago may commit now; its rows have the time of its beginning.
_MARGIN = timedelta(minutes=5)
# Above these numbers the notifier is far behind. Lost entries are found when it has caught up.
_MOST_WAITING, _MOST_UNDELIVERED = 200_000, 20_000
_AT_ONCE = 1_000
_TURN = "coupon:sweep"

_announced = counter(
    "coupon.issuer.announced_again",
    "{coupon}",
    "Coupons announced again, because their entry of coupon.issued was lost.",
)


class Sweep:
    """Looks for coupons that were not announced. All issuers of a database may run one."""

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
            redis: Client that decodes answers.
            engine: The database.
            tracer: Creates the send spans. Each begins a new trace, since the request's context is lost with the entry.
            every_seconds: Interval between two searches by any issuer, in seconds.
            old_seconds: Age, by the database's clock, at which a coupon should have been announced, in seconds.
        """
        self._redis = redis
        self._engine = engine
        self._tracer = tracer
        self._every = every_seconds
        self._old = timedelta(seconds=old_seconds)
        # All older coupons are delivered or dead letters, so they need not be checked again.
        self._done_until: datetime | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Search at the given interval until `stop` is set. A failed search is repeated at the next interval."""
        while not stop.is_set():
            try:
                if await self._is_our_turn():
                    await self.look()
            except (RedisError, SQLAlchemyError, OSError) as error:
                _log.warning(
                    "can't search for coupons that were not announced: %s; trying again later", error
                )
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._every)

    async def look(self) -> int:
        """Announce coupons whose entries are lost, the oldest first, up to 1,000; return their number.

        Raises:
            RedisError, SQLAlchemyError: A store is not usable.
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
            # Check again: an entry is removed after its delivery is stored, so some may be delivered meanwhile.
            lost = await self._still_undelivered(lost)
            await self._announce(
                [CouponRequest(it, undelivered[it].campaign_id, undelivered[it].user_id) for it in lost]
            )
        ahead = [row.created_at for row in found if row.request_id not in dead]
        if len(found) == _MOST_UNDELIVERED:
            ahead.append(found[-1].created_at)
        # SQLite compares times as text, where a whole second sorts before the same second with a fraction.
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
        """Return the requests that have an entry in a stream."""
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
            end_send(span, entry_id, ISSUED)
        if requests:
            _announced.add(len(requests))
            _log.warning("announced %d coupons again, because their entries were lost", len(requests))
