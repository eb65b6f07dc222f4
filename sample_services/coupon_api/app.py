"""The FastAPI application."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI

from stream_tracing import StreamTracer

from ..database import create_schema, open_engine
from ..fault_names import Fault
from ..faults import n_plus_one, pool_too_small, user_profiles
from ..faults.cache_stampede import StampedingCache
from ..health import database_check, health_routes, redis_check
from ..redis_client import open_redis
from ..redis_memory import RedisMemory
from . import campaigns, coupons
from .acceptance import Acceptance
from .admission import Admission
from .campaign_cache import CampaignCache
from .deliveries import Deliveries
from .failures import register_failures
from .input_limits import register_limits
from .resources import Resources
from .stock import Stock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ..settings import ApiSettings


_FAULTY_ROUTES = {
    Fault.N_PLUS_ONE: n_plus_one.router,
    Fault.POOL_TOO_SMALL: pool_too_small.router,
    Fault.SERIAL_CALLS: user_profiles.router,
}


def create_app(settings: ApiSettings) -> FastAPI:
    """Build the application. It connects and creates missing tables when its lifespan starts."""
    redis = open_redis(settings.redis_url, spans=settings.redis_spans)
    database, cache = settings.database, CampaignCache
    if Fault.POOL_TOO_SMALL in settings.faults:
        database = pool_too_small.one_connection(database)
    if Fault.CACHE_STAMPEDE in settings.faults:
        cache = StampedingCache
    engine = open_engine(database)
    memory = RedisMemory(redis)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        stop = asyncio.Event()
        watches = [asyncio.create_task(memory.run(stop))]
        try:
            await create_schema(engine)
            watches.append(asyncio.create_task(Stock(engine).run(stop)))
            yield
        finally:
            stop.set()
            await asyncio.gather(*watches)
            await redis.aclose()
            await engine.dispose()

    app = FastAPI(
        title="Coupons",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        # `telemetry.http_server` does this at a lower cost.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.resources = Resources(
        engine,
        cache(redis, engine),
        Acceptance(redis, engine, memory, StreamTracer(settings.propagation)),
        Deliveries(engine),
    )
    app.state.admission = Admission()
    # The first matching route answers, so a faulty route added here replaces the sound one.
    for fault, router in _FAULTY_ROUTES.items():
        if fault in settings.faults:
            app.include_router(router)
    app.include_router(campaigns.router)
    app.include_router(coupons.router)
    app.include_router(coupons.callbacks)
    app.router.routes.extend(health_routes({"redis": redis_check(redis), "database": database_check(engine)}))
    register_failures(app)
    register_limits(app)

    @app.get("/")
    async def index() -> dict[str, str]:
        return {"service": "coupon-api"}

    return app
