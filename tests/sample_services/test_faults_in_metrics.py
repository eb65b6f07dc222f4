"""Each fault of FAULTS is in at least one metric: the same work is measured with the fault and without."""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import pytest
from opentelemetry.instrumentation.requests import RequestsInstrumentor

from sample_services.coupon_api.app import create_app
from sample_services.coupon_notifier.callback import Callback
from sample_services.fault_names import Fault
from sample_services.faults.serial_calls import SerialCallback
from sample_services.faults.slow_consumer import one_at_a_time, slowed
from sample_services.queues import ISSUED, ISSUER_GROUP, NOTIFIER_GROUP, REQUESTS
from sample_services.stream_consumer import StreamConsumer

from .measured import seconds, total
from .shop import api_server, api_settings
from .test_coupon_api import client_of
from .test_faults import READERS, add_coupons, ask_for_outcomes, list_coupons, read_campaign, send

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from httpx import AsyncClient
    from redis.asyncio import Redis
    from sqlalchemy.ext.asyncio import AsyncEngine

    from sample_services.delivery import Delivery
    from sample_services.settings import DatabaseSettings, QueueSettings


@pytest.fixture(params=[True, False], ids=["on", "off"])
def is_on(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@contextmanager
def more(read: Callable[[], float]) -> Iterator[list[float]]:
    """How much a value grew in the block; put into the list at its end."""
    before, grown = read(), list[float]()
    yield grown
    grown.append(read() - before)


@asynccontextmanager
async def api(
    fault: Fault, is_on: bool, redis_url: str, database: DatabaseSettings, engine: AsyncEngine
) -> AsyncIterator[AsyncClient]:
    app = create_app(api_settings(redis_url, database, frozenset([fault] if is_on else [])))
    async with app.router.lifespan_context(app), client_of(app) as client:
        await add_coupons(engine)
        yield client


async def test_n_plus_one_is_statements_for_each_request(
    is_on: bool, redis_url: str, database: DatabaseSettings, engine: AsyncEngine
) -> None:
    def statements() -> float:
        return total(
            "db.client.operation.duration", db__collection__name="coupons", db__operation__name="SELECT"
        )

    def requests() -> float:
        return total("http.server.request.duration", http__route="/campaigns", http__request__method="GET")

    async with api(Fault.N_PLUS_ONE, is_on, redis_url, database, engine) as client:
        with more(statements) as selects, more(requests) as answered:
            await list_coupons(client)
    assert selects[0] / answered[0] == (31 if is_on else 1)


async def test_pool_too_small_is_waits_for_the_pool(
    is_on: bool, redis_url: str, database: DatabaseSettings, engine: AsyncEngine
) -> None:
    async with api(Fault.POOL_TOO_SMALL, is_on, redis_url, database, engine) as client:
        with more(lambda: seconds("db.client.connection.wait_time")) as waited:
            await ask_for_outcomes(client)
    # Of four requests at once, three wait for those before them, which hold the connection for 20 ms.
    if is_on:
        assert waited[0] > 0.02 + 0.04 + 0.06
    else:
        assert waited[0] < 0.02 + 0.04 + 0.06


async def test_cache_stampede_is_a_miss_of_every_reader(
    is_on: bool, redis_url: str, database: DatabaseSettings, engine: AsyncEngine
) -> None:
    def reads(result: str) -> Callable[[], float]:
        return lambda: total("coupon.cache.requests", coupon__cache__result=result)

    async with api(Fault.CACHE_STAMPEDE, is_on, redis_url, database, engine) as client:
        with more(reads("miss")) as misses, more(reads("wait")) as waits:
            await read_campaign(client)
    if is_on:
        assert misses[0] >= READERS
        assert waits[0] == 0
    else:
        assert misses[0] == 1
        assert waits[0] <= READERS - 1


async def test_serial_calls_are_calls_for_each_coupon(
    is_on: bool,
    redis_url: str,
    database: DatabaseSettings,
    engine: AsyncEngine,
    redis: Redis,
    queue: QueueSettings,
) -> None:
    def calls() -> float:
        # Without OTEL_SEMCONV_STABILITY_OPT_IN the instrumentation has its old name for it.
        return total("http.client.request.duration") + total("http.client.duration")

    def processed() -> float:
        return total("messaging.client.consumed.messages", messaging__destination__name=ISSUED)

    tracer = await send(redis, ISSUED)
    await add_coupons(engine)
    RequestsInstrumentor().instrument()
    try:
        with api_server(redis_url, database, frozenset([Fault.SERIAL_CALLS] if is_on else [])) as url:
            callback = (SerialCallback if is_on else Callback)(url)
            consumer = StreamConsumer(redis, ISSUED, NOTIFIER_GROUP, callback, queue, tracer)
            await consumer.open_group()
            with more(calls) as called, more(processed) as delivered:
                await consumer.step()
            await callback.close()
    finally:
        RequestsInstrumentor().uninstrument()
    assert called[0] / delivered[0] == (5 if is_on else 1)


async def test_a_slow_consumer_is_processing_and_waiting(
    is_on: bool, redis: Redis, queue: QueueSettings
) -> None:
    async def handler(batch: Sequence[Delivery]) -> None:
        for delivery in batch:
            assert delivery.span

    def of(name: str) -> Callable[[], float]:
        return lambda: seconds(name, messaging__destination__name=REQUESTS)

    tracer = await send(redis, REQUESTS)
    consumer = StreamConsumer(
        redis,
        REQUESTS,
        ISSUER_GROUP,
        slowed(handler) if is_on else handler,
        one_at_a_time(queue) if is_on else queue,
        tracer,
    )
    await consumer.open_group()
    with more(of("messaging.process.duration")) as worked, more(of("messaging.redis.queue.wait")) as waited:
        while await redis.xlen(REQUESTS):
            await consumer.step()
    # Ten entries of 80 ms, each behind all before it.
    assert (worked[0] >= 10 * 0.08) == is_on
    assert (waited[0] >= 45 * 0.08) == is_on
