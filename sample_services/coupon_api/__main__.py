"""`python -m sample_services.coupon_api`."""

from __future__ import annotations

import sys

from ..faults import announce
from ..process import launch, serve
from ..settings import ApiSettings, read_api
from ..telemetry.http_server import TracingMiddleware
from .app import create_app


async def _start(settings: ApiSettings) -> None:
    announce(settings.faults)
    await serve(TracingMiddleware(create_app(settings)), settings.listen)


if __name__ == "__main__":
    sys.exit(launch("coupon-api", read_api, _start))
