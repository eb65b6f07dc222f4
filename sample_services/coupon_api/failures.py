"""Answer failures with JSON that contains the reason, never a traceback.

An unknown resource is answered 404, an overload 429, and an unavailable store 503. The last two have `Retry-After`.
"""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING

from fastapi.responses import JSONResponse
from opentelemetry import trace
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from ..redis_client import AllInUseError, is_full
from ..telemetry.instruments import counter
from ..telemetry.sharing import mark_failed

if TYPE_CHECKING:
    from fastapi import FastAPI, Request

_log = logging.getLogger(__name__)

# A random delay, so that requests that were refused together do not come back together.
_BACK_SECONDS = (1, 3)
# Memory becomes free when records in Redis expire, and when consumers process the streams.
_FULL_BACK_SECONDS = (5, 15)

_refused = counter(
    "coupon.api.refused",
    "{request}",
    "Requests answered 429: busy (no turn or connection came free in time) or full (Redis has no memory left).",
    ["reason"],
)


class UnknownError(Exception):
    """Raised for an unknown campaign, request or coupon; the text names it."""


class ConflictError(Exception):
    """Raised when the idempotency key belongs to another request."""


class BusyError(Exception):
    """Raised for too many requests at once; the text gives the reason."""


class FullError(Exception):
    """Raised when Redis has no memory left for a further request; the text gives the used share."""


def register_failures(app: FastAPI) -> None:
    """Register the handler of each failure."""
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
    """Answer 429. It is no failure of the service: it is counted, but not logged and no error on the span."""
    _refused.add(1, {"reason": kind})
    first, last = seconds
    after = first + secrets.randbelow(last - first + 1)
    return JSONResponse({"error": f"try again later: {reason}"}, 429, {"Retry-After": str(after)})
