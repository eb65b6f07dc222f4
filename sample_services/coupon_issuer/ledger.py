"""Store decisions in the database: a batch in one transaction, under the constraints of `schema`."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, null, select, union_all, update
from sqlalchemy.exc import IntegrityError

from ..database import insert_new
from ..schema import Campaign, Coupon, Rejection
from ..telemetry.instruments import counter
from ..telemetry.sharing import shared_by
from ..telemetry.sql import commit
from .reservation import ALREADY_ISSUED, SOLD_OUT, Decision

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opentelemetry.context import Context
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    Work = Sequence[tuple[Context, Decision]]

_issued = counter("coupon.issued", "{coupon}", "Coupons that were issued.")
_rejected = counter("coupon.rejected", "{request}", "Requests that got no coupon, by reason.", ["reason"])

_COUNT_ISSUED = (
    update(Campaign)
    .where(Campaign.id == bindparam("campaign"))
    .values(issued=Campaign.issued + bindparam("more"))
)


class Ledger:
    """The stored coupons and rejections."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def store(self, work: Work) -> list[Decision]:
        """Store decisions, each with the context of its trace.

        Storing a decision again has no effect: a request keeps its first outcome, even if Redis has
        forgotten it and decided differently. If the database refuses a coupon, the returned decision
        is a rejection: the user already has a coupon, or the campaign's stock is used up.

        Returns:
            The valid decisions, in the given order.

        Raises:
            SQLAlchemyError: The database is not usable; nothing is stored.
        """
        try:
            return await self._store_together(work)
        except IntegrityError:
            if len(work) > 1:
                # One of them exceeds the stock: store each alone, so that the others are not affected.
                return [(await self.store([item]))[0] for item in work]
            context, decision = work[0]
            return await self._store_together([(context, replace(decision, reason=SOLD_OUT))])

    async def _store_together(self, work: Work) -> list[Decision]:
        contexts = [context for context, _ in work]
        with shared_by(contexts):
            connection = await self._engine.connect()
        try:
            known = await self._outcomes(connection, [decision.request.request_id for _, decision in work])
            work = [
                (context, replace(decision, reason=known.get(decision.request.request_id, decision.reason)))
                for context, decision in work
            ]
            doubled = await self._add_coupons(connection, work)
            final = [
                replace(decision, reason=ALREADY_ISSUED)
                if decision.request.request_id in doubled
                else decision
                for _, decision in work
            ]
            await self._add_rejections(connection, list(zip(contexts, final, strict=True)))
            with shared_by(contexts):
                await commit(connection)
        finally:
            await connection.close()
        _count(decision for decision in final if decision.request.request_id not in known)
        return final

    async def _outcomes(self, connection: AsyncConnection, ids: Sequence[str]) -> dict[str, str | None]:
        """Return the outcomes of decided requests: the reason of a rejection, or None for a coupon."""
        # Without spans: one more span in each trace of a batch costs more than the whole statement.
        coupons = select(Coupon.request_id, null().label("reason")).where(Coupon.request_id.in_(ids))
        rejections = select(Rejection.request_id, Rejection.reason).where(Rejection.request_id.in_(ids))
        found: Any = await connection.execute(union_all(rejections, coupons))
        return {row.request_id: row.reason for row in found}

    async def _add_coupons(self, connection: AsyncConnection, work: Work) -> set[str]:
        """Insert coupons and count them; return the requests whose user already has another coupon."""
        issued = [(context, decision.request) for context, decision in work if decision.issued]
        if not issued:
            return set()
        with shared_by([context for context, _ in issued]):
            added = await connection.execute(
                insert_new(self._engine, Coupon).returning(Coupon.request_id),
                [asdict(request) for _, request in issued],
            )
            new = set(added.scalars())
            refused = {request.request_id for _, request in issued} - new
            known: set[str] = set()
            if refused:
                stored = select(Coupon.request_id).where(Coupon.request_id.in_(refused))
                known = set((await connection.execute(stored)).scalars())
        more = Counter(request.campaign_id for _, request in issued if request.request_id in new)
        if more:
            with shared_by([context for context, request in issued if request.request_id in new]):
                # All writers lock the rows in the same order, which prevents deadlocks.
                counts: list[dict[str, Any]] = [
                    {"campaign": campaign, "more": count} for campaign, count in sorted(more.items())
                ]
                await connection.execute(_COUNT_ISSUED, counts)
        return refused - known

    async def _add_rejections(self, connection: AsyncConnection, work: Work) -> None:
        rejected = [(context, decision) for context, decision in work if not decision.issued]
        if not rejected:
            return
        with shared_by([context for context, _ in rejected]):
            await connection.execute(
                insert_new(self._engine, Rejection),
                [{**asdict(decision.request), "reason": decision.reason} for _, decision in rejected],
            )


def _count(decided: Iterable[Decision]) -> None:
    """Count new outcomes. A decision that is stored again is not new."""
    for reason, number in Counter(decision.reason for decision in decided).items():
        if reason is None:
            _issued.add(number)
        else:
            _rejected.add(number, {"reason": reason})
