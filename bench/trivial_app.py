"""An API with one trivial endpoint, traced in one of three ways. Run by bench.overhead in a process of its own."""

from __future__ import annotations

import sys
from typing import Any

from fastapi import FastAPI

from sample_services import process
from sample_services.settings import Address
from sample_services.telemetry.http_server import TracingMiddleware

PATH = "/hello/{name}"


def application(arm: str) -> Any:
    """The ASGI application of an arm: `off`, `kit`, or `default`, which is FastAPI's own tracing."""
    own: dict[str, Any] = (
        {} if arm == "default" else {"telemetry": {"tracing": False, "metrics": False, "logs": False}}
    )
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, **own)

    @app.get(PATH)
    async def hello(name: str) -> dict[str, str]:
        return {"hello": name}

    return TracingMiddleware(app) if arm == "kit" else app


def main() -> int:
    arm, port = sys.argv[1], int(sys.argv[2])
    address = Address("127.0.0.1", port, "port")
    return process.launch("trivial", lambda: process.serve(application(arm), address))


if __name__ == "__main__":
    sys.exit(main())
