"""Takes requests for coupons: each becomes one entry of `coupon.requests`, however often it is sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stream_tracing import end_send

from ..queues import CAMPAIGN_ATTRIBUTE, REQUESTS
from ..telemetry.sharing import end_spans
from .failures import ConflictError

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from stream_tracing import StreamTracer

    from ..queues import CouponRequest

_REMEMBERED_SECONDS = 7 * 24 * 3600
_SCRIPT = Path(__file__).with_name("accept.lua").read_text(encoding="utf-8")


class Acceptance:
    """The producer's end of `coupon.requests`."""

    def __init__(self, redis: Redis, tracer: StreamTracer) -> None:
        self._redis = redis
        self._tracer = tracer
        self._accept: Any = redis.register_script(_SCRIPT)

    async def accept(self, request: CouponRequest) -> bool:
        """Enqueue a request unless it was before; tells whether it is new.

        Raises:
            ConflictError: its id belongs to another user's or another campaign's request.
            RedisError: Redis cannot be asked.
        """
        asked = json.dumps([request.campaign_id, request.user_id])
        fields = request.to_fields()
        span = self._tracer.start_send(REQUESTS, fields, attributes={CAMPAIGN_ATTRIBUTE: request.campaign_id})
        try:
            entry_id, known = await self._accept(
                keys=[_key(request.request_id), REQUESTS],
                args=[asked, _REMEMBERED_SECONDS, *(part for item in fields.items() for part in item)],
            )
        except BaseException as error:
            end_spans([span], error)
            raise
        end_send(span, entry_id) if entry_id else span.end()
        if known != asked:
            raise ConflictError(f"idempotency key {request.request_id} is another request's")
        return bool(entry_id)

    async def campaign_of(self, request_id: str) -> str | None:
        """The campaign of a request that was accepted in the last seven days; None when there is none."""
        asked = await self._redis.get(_key(request_id))
        return None if asked is None else str(json.loads(asked)[0])


def _key(request_id: str) -> str:
    return f"coupon:request:{request_id}"
