"""Failures as JSON answers, with the reason and never with a traceback.

What is unknown is 404. What is too much for now is 429, and what is down is 503, both with `Retry-After`.
"""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING

from fastapi.responses import JSONResponse
from opentelemetry import trace
from prometheus_client import Counter
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from ..redis_client import AllInUseError, is_full
from ..telemetry.sharing import mark_failed

if TYPE_CHECKING:
    from fastapi import FastAPI, Request

_log = logging.getLogger(__name__)

# Those that were refused together shall not come back together.
_BACK_SECONDS = (1, 3)
# Memory comes free as what Redis remembers expires, and as consumers work off what waits.
_FULL_BACK_SECONDS = (5, 15)

_refused = Counter(
    "coupon_api_refused_requests",
    "Requests answered 429: busy (no turn or no connection came free in time) or full (Redis has no memory left).",
    ["reason"],
)


class UnknownError(Exception):
    """There is no such campaign, request or coupon; the text names it."""


class ConflictError(Exception):
    """The idempotency key is another request's."""


class BusyError(Exception):
    """Too much is asked at once; the text says of what."""


class FullError(Exception):
    """Redis has no memory left for a further request; the text says how full it is."""


def register_failures(app: FastAPI) -> None:
    """Give each failure its answer."""
    app.add_exception_handler(UnknownError, _unknown)
    app.add_exception_handler(ConflictError, _conflict)
    app.add_exception_handler(BusyError, _busy)
    app.add_exception_handler(AllInUseError, _busy)
    app.add_exception_handler(NoConnectionError, _busy)
    app.add_exception_handler(FullError, _full)
    app.add_exception_handler(RedisError, _unavailable)
    app.add_exception_handler(SQLAlchemyError, _unavailable)
    app.add_exception_handler(OSError, _unavailable)


async def _unknown(_request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"error": str(error)}, 404)


async def _conflict(_request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"error": str(error)}, 409)


async def _busy(_request: Request, error: Exception) -> JSONResponse:
    reason = str(error) if isinstance(error, BusyError) else "no connection to a store came free in time"
    return _later("busy", reason, _BACK_SECONDS)


async def _full(_request: Request, error: Exception) -> JSONResponse:
    return _later("full", str(error), _FULL_BACK_SECONDS)


async def _unavailable(request: Request, error: Exception) -> JSONResponse:
    if is_full(error):
        return _later("full", "redis has no memory left", _FULL_BACK_SECONDS)
    reason = f"{'redis' if isinstance(error, RedisError) else 'database'} is not available"
    mark_failed(trace.get_current_span(), error)
    _log.warning("%s %s: %s: %s", request.method, request.url.path, reason, error)
    return JSONResponse({"error": reason}, 503, {"Retry-After": "1"})


def _later(kind: str, reason: str, seconds: tuple[int, int]) -> JSONResponse:
    """429: no failure of the service's, so no line in its log and no error on the span; a counter tells how many."""
    _refused.labels(kind).inc()
    first, last = seconds
    after = first + secrets.randbelow(last - first + 1)
    return JSONResponse({"error": f"try again later: {reason}"}, 429, {"Retry-After": str(after)})
