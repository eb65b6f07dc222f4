"""`python -m sample_services.coupon_api`."""

from __future__ import annotations

import sys

from ..faults import announce
from ..process import launch, serve
from ..settings import read_api
from ..telemetry.http_server import TracingMiddleware
from .app import create_app


async def _start() -> None:
    settings = read_api()
    announce(settings.faults)
    await serve(TracingMiddleware(create_app(settings)), settings.listen)


if __name__ == "__main__":
    sys.exit(launch("coupon-api", _start))
