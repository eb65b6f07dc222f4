"""Failures as JSON answers: what is unknown is 404, what is down is 503 with the reason, never a traceback."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from fastapi.responses import JSONResponse
from opentelemetry import trace
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from ..telemetry.sharing import mark_failed

if TYPE_CHECKING:
    from fastapi import FastAPI, Request

_log = logging.getLogger(__name__)


class UnknownError(Exception):
    """There is no such campaign, request or coupon; the text names it."""


class ConflictError(Exception):
    """The idempotency key is another request's."""


class BusyError(Exception):
    """Too much is asked at once; the text says of what."""


def register_failures(app: FastAPI) -> None:
    """Give each failure its answer."""
    app.add_exception_handler(UnknownError, _unknown)
    app.add_exception_handler(ConflictError, _conflict)
    app.add_exception_handler(BusyError, _unavailable)
    app.add_exception_handler(RedisError, _unavailable)
    app.add_exception_handler(SQLAlchemyError, _unavailable)
    app.add_exception_handler(OSError, _unavailable)


async def _unknown(_request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"error": str(error)}, 404)


async def _conflict(_request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"error": str(error)}, 409)


async def _unavailable(request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, BusyError):
        reason = str(error)
    else:
        reason = f"{'redis' if isinstance(error, RedisError) else 'database'} is not available"
    mark_failed(trace.get_current_span(), error)
    _log.warning("%s %s: %s: %s", request.method, request.url.path, reason, error)
    return JSONResponse({"error": reason}, 503, {"Retry-After": "1"})
