"""Process a batch of requests: reserve, commit, publish; the consumer acknowledges last.

After a crash between any two steps, the entries are delivered again. Then the reservation gives the
same answer, the database skips stored rows, and the notifier's callback is idempotent. If Redis and
the database differ, the first outcome in the database holds, and Redis is corrected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stream_tracing import end_send

from ..queues import CAMPAIGN_ATTRIBUTE, ISSUED, CouponRequest, MalformedEntryError
from ..telemetry.sharing import end_spans, shared_by

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redis.asyncio import Redis

    from stream_tracing import StreamTracer

    from ..delivery import Delivery
    from .ledger import Ledger
    from .reservation import Decision, Reservations

    Decided = list[tuple[Delivery, Decision]]


class Issuing:
    """Handler of `coupon.requests`."""

    def __init__(
        self, redis: Redis, reservations: Reservations, ledger: Ledger, tracer: StreamTracer
    ) -> None:
        self._redis = redis
        self._reservations = reservations
        self._ledger = ledger
        self._tracer = tracer

    async def __call__(self, batch: Sequence[Delivery]) -> None:
        """Process a batch. Raises if a store is down; then the whole batch must be delivered again."""
        taken = _read(batch)
        if not taken:
            return
        contexts = [delivery.context for delivery, _ in taken]
        with shared_by(contexts):
            reserved = await self._reservations.decide([request for _, request in taken])
        stored = await self._ledger.store(list(zip(contexts, reserved, strict=True)))
        for before, after in zip(reserved, stored, strict=True):
            if before != after:
                await self._reservations.amend(after)
        await self._reservations.settle(stored)
        decided = [(delivery, decision) for (delivery, _), decision in zip(taken, stored, strict=True)]
        for delivery, decision in decided:
            delivery.span.set_attribute("coupon.outcome", decision.reason or "issued")
        await self._publish([item for item in decided if item[1].issued])

    async def _publish(self, issued: Decided) -> None:
        if not issued:
            return
        spans = []
        async with self._redis.pipeline(transaction=False) as pipe:
            for delivery, decision in issued:
                fields = decision.request.to_fields()
                spans.append(
                    self._tracer.start_send(
                        ISSUED,
                        fields,
                        context=delivery.context,
                        attributes={CAMPAIGN_ATTRIBUTE: decision.request.campaign_id},
                    )
                )
                pipe.xadd(ISSUED, fields)  # type: ignore[arg-type]  # its dict is invariant
            try:
                ids: list[str] = await pipe.execute()
            except BaseException as error:
                end_spans(spans, error)
                raise
        for span, entry_id in zip(spans, ids, strict=True):
            end_send(span, entry_id, ISSUED)


def _read(batch: Sequence[Delivery]) -> list[tuple[Delivery, CouponRequest]]:
    taken = []
    for delivery in batch:
        try:
            request = CouponRequest.from_fields(delivery.fields)
        except MalformedEntryError as error:
            delivery.reject(error, "malformed")
        else:
            delivery.span.set_attribute(CAMPAIGN_ATTRIBUTE, request.campaign_id)
            taken.append((delivery, request))
    return taken
