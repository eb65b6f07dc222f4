"""Accept requests for coupons: each becomes one entry of `coupon.requests`, even if it is sent several times."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, union_all

from stream_tracing import end_send

from ..queues import CAMPAIGN_ATTRIBUTE, REQUESTS, request_key
from ..schema import Coupon, Rejection
from ..telemetry.sharing import end_spans
from .failures import ConflictError, FullError

if TYPE_CHECKING:
    from redis.asyncio import Redis
    from sqlalchemy.ext.asyncio import AsyncEngine

    from stream_tracing import StreamTracer

    from ..queues import CouponRequest
    from ..redis_memory import RedisMemory

# Lifetime before the decision. After it the issuer shortens the lifetime, because the database has the outcome.
_REMEMBERED_SECONDS = 7 * 24 * 3600
_SCRIPT = Path(__file__).with_name("accept.lua").read_text(encoding="utf-8")


class Acceptance:
    """Producer of `coupon.requests`."""

    def __init__(self, redis: Redis, engine: AsyncEngine, memory: RedisMemory, tracer: StreamTracer) -> None:
        self._redis = redis
        self._engine = engine
        self._memory = memory
        self._tracer = tracer
        self._accept: Any = redis.register_script(_SCRIPT)

    async def accept(self, request: CouponRequest, *, may_be_known: bool) -> bool:
        """Enqueue a request unless it is already known; return whether it is new.

        Args:
            request: The user, the campaign and the id.
            may_be_known: Whether the caller chose the id, so that the request may have been decided long ago.

        Raises:
            ConflictError: The id belongs to a request of another user or campaign.
            FullError: Redis has no memory for it.
            RedisError, SQLAlchemyError: A store is not usable.
        """
        if may_be_known and await self._is_decided(request):
            return False
        if self._memory.is_full:
            raise FullError(f"{self._memory.share:.0%} of redis's memory is in use")
        asked = json.dumps([request.campaign_id, request.user_id])
        fields = request.to_fields()
        span = self._tracer.start_send(REQUESTS, fields, attributes={CAMPAIGN_ATTRIBUTE: request.campaign_id})
        try:
            entry_id, known = await self._accept(
                keys=[request_key(request.request_id), REQUESTS],
                args=[asked, _REMEMBERED_SECONDS, *(part for item in fields.items() for part in item)],
            )
        except BaseException as error:
            end_spans([span], error)
            raise
        end_send(span, entry_id, REQUESTS) if entry_id else span.end()
        if known != asked:
            raise _conflict(request)
        return bool(entry_id)

    async def _is_decided(self, request: CouponRequest) -> bool:
        """Whether Redis has forgotten a request but the database knows it. Raises ConflictError."""
        if await self._redis.exists(request_key(request.request_id)):
            return False
        outcomes = (
            select(table.campaign_id, table.user_id).where(table.request_id == request.request_id)
            for table in (Coupon, Rejection)
        )
        async with self._engine.connect() as connection:
            known = (await connection.execute(union_all(*outcomes))).first()
        if known is None:
            return False
        if (known.campaign_id, known.user_id) != (request.campaign_id, request.user_id):
            raise _conflict(request)
        return True

    async def campaign_of(self, request_id: str) -> str | None:
        """Return the campaign of a waiting or recently decided request, or None if there is no such request."""
        asked = await self._redis.get(request_key(request_id))
        return None if asked is None else str(json.loads(asked)[0])


def _conflict(request: CouponRequest) -> ConflictError:
    return ConflictError(f"idempotency key {request.request_id} belongs to another request")
