"""Routes `/healthz`, `/readyz` and `/metrics`, the same in all services."""

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
    """Raised when a check fails; the text is the reason."""


def health_routes(checks: Mapping[str, Check]) -> list[Route]:
    """Return routes for liveness, readiness and Prometheus.

    Args:
        checks: Checks by the name of a dependency; each raises while its dependency is not usable.
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
    """Return an application with only these routes, for a service without its own HTTP routes."""
    return Starlette(routes=health_routes(checks))


def redis_check(redis: Redis) -> Check:
    """Return a check that passes if Redis answers."""

    async def check() -> None:
        await redis.ping()

    return check


def database_check(engine: AsyncEngine) -> Check:
    """Return a check that passes if the database answers."""

    async def check() -> None:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    return check


def group_check(is_open: Callable[[], bool], group: str) -> Check:
    """Return a check that passes if the consumer has opened its group."""

    async def check() -> None:
        if not is_open():
            raise NotReadyError(f"consumer group {group} is not open")

    return check
