"""`python -m sample_services.coupon_issuer`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from stream_tracing import StreamTracer

from ..database import create_schema, open_engine
from ..fault_names import Fault
from ..faults import announce
from ..faults.slow_consumer import one_at_a_time, slowed
from ..health import database_check, group_check, health_app, redis_check
from ..process import launch, serve
from ..queues import ISSUER_GROUP, REQUESTS
from ..redis_client import open_redis
from ..redis_memory import RedisMemory
from ..settings import IssuerSettings, read_issuer
from ..stream_consumer import StreamConsumer
from .issuing import Issuing
from .ledger import Ledger
from .reservation import Reservations
from .sweep import Sweep

if TYPE_CHECKING:
    from ..stream_consumer import Handler


async def _start(settings: IssuerSettings) -> None:
    announce(settings.faults)
    redis = open_redis(
        settings.redis_url, longest_block_ms=settings.queue.block_ms, spans=settings.redis_spans
    )
    engine = open_engine(settings.database)
    tracer = StreamTracer(settings.propagation)
    memory = RedisMemory(redis, settings.requests_remembered)
    reservations = Reservations(redis, engine, memory.remembered_seconds)
    handler: Handler = Issuing(redis, reservations, Ledger(engine), tracer)
    queue = settings.queue
    if Fault.SLOW_CONSUMER in settings.faults:
        handler, queue = slowed(handler), one_at_a_time(queue)
    consumer = StreamConsumer(redis, REQUESTS, ISSUER_GROUP, handler, queue, tracer)
    sweep = Sweep(redis, engine, tracer)
    checks = {
        "redis": redis_check(redis),
        "database": database_check(engine),
        "group": group_check(lambda: consumer.ready, ISSUER_GROUP),
    }
    try:
        await create_schema(engine)
        await serve(health_app(checks), settings.listen, [consumer.run, memory.run, sweep.run])
    finally:
        await redis.aclose()
        await engine.dispose()


if __name__ == "__main__":
    sys.exit(launch("coupon-issuer", read_issuer, _start))
