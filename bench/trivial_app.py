"""An API with two trivial endpoints and four ways of tracing. bench.overhead runs it in a separate process."""

from __future__ import annotations

import os
import sys
from typing import Any

from fastapi import FastAPI

from sample_services import process
from sample_services.redis_client import open_redis
from sample_services.settings import Address
from sample_services.telemetry.http_server import TracingMiddleware

HELLO = "/hello/ada"
CACHED = "/cached/ada"


def application(arm: str) -> Any:
    """Return the ASGI application of an arm.

    Args:
        arm: `off`, `kit`, `redis` (the kit's tracing with spans for Redis) or `default` (FastAPI's own tracing).
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

    return TracingMiddleware(app) if arm in {"kit", "redis"} else app


def main() -> int:
    arm, port = sys.argv[1], int(sys.argv[2])
    address = Address("127.0.0.1", port, "port")
    return process.launch("trivial", lambda: process.serve(application(arm), address))


if __name__ == "__main__":
    sys.exit(main())
