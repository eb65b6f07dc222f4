"""`/healthz`, `/readyz` and `/metrics`, alike for all services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from redis.asyncio import Redis
    from sqlalchemy.ext.asyncio import AsyncEngine
    from starlette.requests import Request

    Check = Callable[[], Awaitable[None]]


class NotReadyError(Exception):
    """A check has not passed; the text says why."""


def health_routes(checks: Mapping[str, Check]) -> list[Route]:
    """Routes for liveness, readiness and Prometheus.

    Args:
        checks: by the name of what is checked; each raises while that cannot be used.
    """

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(_request: Request) -> Response:
        reasons = {}
        for name, check in checks.items():
            try:
                await check()
            except (NotReadyError, RedisError, SQLAlchemyError, OSError) as error:
                reasons[name] = str(error).splitlines()[0] if str(error) else type(error).__name__
        if reasons:
            return JSONResponse({"status": "not ready", "reasons": reasons}, 503)
        return JSONResponse({"status": "ready"})

    def metrics(_request: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]


def health_app(checks: Mapping[str, Check]) -> Starlette:
    """An application of nothing else, for a service that serves no HTTP of its own."""
    return Starlette(routes=health_routes(checks))


def redis_check(redis: Redis) -> Check:
    """Passes when Redis answers."""

    async def check() -> None:
        await redis.ping()

    return check


def database_check(engine: AsyncEngine) -> Check:
    """Passes when the database answers."""

    async def check() -> None:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    return check


def group_check(is_open: Callable[[], bool], group: str) -> Check:
    """Passes when the consumer has opened its group."""

    async def check() -> None:
        if not is_open():
            raise NotReadyError(f"consumer group {group} is not open")

    return check
