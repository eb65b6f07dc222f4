"""`python -m sample_services.coupon_notifier`."""

from __future__ import annotations

import sys

from opentelemetry.instrumentation.requests import RequestsInstrumentor

from stream_tracing import StreamTracer

from ..fault_names import Fault
from ..faults import announce
from ..faults.serial_calls import SerialCallback
from ..health import group_check, health_app, redis_check
from ..process import launch, serve
from ..queues import ISSUED, NOTIFIER_GROUP
from ..redis_client import open_redis
from ..settings import NotifierSettings, read_notifier
from ..stream_consumer import StreamConsumer
from .callback import Callback


async def _start(settings: NotifierSettings) -> None:
    announce(settings.faults)
    RequestsInstrumentor().instrument()
    redis = open_redis(
        settings.redis_url, longest_block_ms=settings.queue.block_ms, spans=settings.redis_spans
    )
    callback = (SerialCallback if Fault.SERIAL_CALLS in settings.faults else Callback)(settings.api_url)
    tracer = StreamTracer(settings.propagation)
    consumer = StreamConsumer(redis, ISSUED, NOTIFIER_GROUP, callback, settings.queue, tracer)
    checks = {
        "redis": redis_check(redis),
        "group": group_check(lambda: consumer.ready, NOTIFIER_GROUP),
    }
    try:
        await serve(health_app(checks), settings.listen, [consumer.run])
    finally:
        await redis.aclose()
        await callback.close()


if __name__ == "__main__":
    sys.exit(launch("coupon-notifier", read_notifier, _start))
