"""An API with two trivial endpoints and five ways of telemetry. bench.overhead runs it in a separate process."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from opentelemetry import metrics

from sample_services import process
from sample_services.redis_client import open_redis
from sample_services.settings import Address
from sample_services.telemetry.http_server import TracingMiddleware
from sample_services.telemetry.instruments import LATENCY_EDGES

HELLO = "/hello/ada"
CACHED = "/cached/ada"
WITH_METRICS = "metrics"


def application(arm: str) -> Any:
    """Return the ASGI application of an arm.

    Args:
        arm: `off`, `kit` (the kit's tracing without metrics), `metrics` (the same with metrics), `redis` (the
            kit's tracing with spans for Redis) or `default` (FastAPI's own tracing).
    """
    own: dict[str, Any] = (
        {} if arm == "default" else {"telemetry": {"tracing": False, "metrics": False, "logs": False}}
    )
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, **own)

    # The client connects on first use.
    redis = open_redis(os.environ.get("REDIS_URL", "redis://127.0.0.1"), spans=arm == "redis")

    @app.get("/hello/{name}")
    async def hello(name: str) -> dict[str, str]:
        return {"hello": name}

    @app.get("/cached/{name}")
    async def cached(name: str) -> dict[str, str]:
        return {"hello": str(await redis.get(name))}

    return TracingMiddleware(app) if arm in {"kit", "redis", WITH_METRICS} else app


@dataclass(frozen=True, slots=True)
class Settings:
    """What `launch` needs."""

    latency_buckets: tuple[float, ...] = LATENCY_EDGES


def main() -> int:
    arm, port = sys.argv[1], int(sys.argv[2])
    if arm != WITH_METRICS:
        # It cannot be replaced later, so all instruments do nothing.
        metrics.set_meter_provider(metrics.NoOpMeterProvider())
    address = Address("127.0.0.1", port, "port")
    return process.launch("trivial", Settings, lambda _: process.serve(application(arm), address))


if __name__ == "__main__":
    sys.exit(main())
