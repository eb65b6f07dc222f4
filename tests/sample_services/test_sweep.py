"""Coupons whose announcement is lost are found and delivered, once; all others are left alone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, inspect, text

from sample_services.coupon_issuer import sweep as module
from sample_services.coupon_issuer.sweep import Sweep
from sample_services.database import create_schema
from sample_services.queues import ISSUED, CouponRequest
from sample_services.schema import Campaign, Coupon, Delivery
from stream_tracing import StreamTracer

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    from redis.asyncio import Redis
    from sqlalchemy.ext.asyncio import AsyncEngine


async def issue(engine: AsyncEngine, *names: str, age_seconds: int = 3600) -> None:
    async with engine.begin() as connection:
        if not (await connection.execute(text("SELECT count(*) FROM campaigns"))).scalar_one():
            await connection.execute(insert(Campaign).values(id="c", name="c", stock=5000, issued=0))
        for name in names:
            await connection.execute(
                insert(Coupon).values(
                    request_id=name,
                    campaign_id="c",
                    user_id=f"user of {name}",
                    created_at=text(f"datetime('now', '-{age_seconds} seconds')"),
                )
            )


async def deliver(engine: AsyncEngine, *names: str) -> None:
    async with engine.begin() as connection:
        for name in names:
            await connection.execute(insert(Delivery).values(delivery_id=name, request_id=name))


async def announce(redis: Redis, stream: str, *names: str) -> None:
    for name in names:
        await redis.xadd(stream, CouponRequest(name, "c", f"user of {name}").to_fields())  # type: ignore[arg-type]


async def announced(redis: Redis) -> list[str]:
    entries: Any = await redis.xrange(ISSUED)
    return sorted(fields["request_id"] for _, fields in entries)


@pytest.fixture
def sweep(redis: Redis, engine: AsyncEngine) -> Sweep:
    return Sweep(redis, engine, StreamTracer())


async def test_only_what_is_lost_is_announced_again(
    redis: Redis, engine: AsyncEngine, sweep: Sweep, spans: InMemorySpanExporter
) -> None:
    await issue(engine, "delivered", "waiting", "dead", "lost")
    await issue(engine, "new", age_seconds=5)
    await deliver(engine, "delivered")
    await announce(redis, ISSUED, "waiting")
    await announce(redis, f"{ISSUED}.dead", "dead")
    assert await sweep.look() == 1
    assert await announced(redis) == ["lost", "waiting"]
    newest: Any = await redis.xrevrange(ISSUED, count=1)
    assert newest[0][1]["user_id"] == "user of lost"
    (sent,) = [span for span in spans.get_finished_spans() if span.name == "send coupon.issued"]
    assert sent.parent is None
    assert await sweep.look() == 0, "it is there now"


async def test_one_that_is_lost_again_is_found_again(redis: Redis, engine: AsyncEngine, sweep: Sweep) -> None:
    await issue(engine, "one", "two")
    for _ in range(3):
        assert await sweep.look() == 2
        await redis.flushall()
    await deliver(engine, "one", "two")
    assert await sweep.look() == 0
    await issue(engine, "late", age_seconds=40)
    await sweep.look()
    await issue(engine, "later", age_seconds=31)
    assert await sweep.look() == 1, "what is younger than the last look"
    assert await announced(redis) == ["late", "later"]


async def test_more_than_one_look_takes(
    redis: Redis, engine: AsyncEngine, sweep: Sweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_AT_ONCE", 10)
    monkeypatch.setattr(module, "_MOST_UNDELIVERED", 25)
    names = [f"r{n:02}" for n in range(35)]
    await issue(engine, *names[:20], age_seconds=3000)
    await issue(engine, *names[20:], age_seconds=2000)
    await announce(redis, f"{ISSUED}.dead", *names[:20])
    for _ in range(8):
        await sweep.look()
        await deliver(engine, *await announced(redis))
        await redis.delete(ISSUED)
    async with engine.connect() as connection:
        found = (await connection.execute(text("SELECT request_id FROM deliveries"))).scalars().all()
    assert sorted(found) == names[20:], "dead letters in front of it hold nothing up"


async def test_of_many_issuers_one_looks_at_a_time(redis: Redis, engine: AsyncEngine) -> None:
    await issue(engine, "lost")
    stop = asyncio.Event()
    sweeps = [Sweep(redis, engine, StreamTracer(), every_seconds=0.5) for _ in range(4)]
    running = [asyncio.create_task(it.run(stop)) for it in sweeps]
    await asyncio.sleep(2)
    stop.set()
    await asyncio.gather(*running)
    assert await announced(redis) == ["lost"]


async def test_stores_that_are_away_do_not_end_it(redis: Redis, engine: AsyncEngine) -> None:
    await issue(engine, "lost")
    async with engine.begin() as connection:
        await connection.execute(text("ALTER TABLE deliveries RENAME TO elsewhere"))
    stop = asyncio.Event()
    running = asyncio.create_task(Sweep(redis, engine, StreamTracer(), every_seconds=0.05).run(stop))
    await asyncio.sleep(0.5)
    async with engine.begin() as connection:
        await connection.execute(text("ALTER TABLE elsewhere RENAME TO deliveries"))
    while not await redis.xlen(ISSUED):
        await asyncio.sleep(0.05)
    stop.set()
    await running


async def test_its_index_comes_to_tables_that_are_older(engine: AsyncEngine) -> None:
    def indexes(connection: Any) -> set[str | None]:
        return {index["name"] for index in inspect(connection).get_indexes("coupons")}

    async with engine.begin() as connection:
        await connection.execute(text("DROP INDEX ix_coupons_created_at"))
    await create_schema(engine)
    async with engine.connect() as connection:
        assert "ix_coupons_created_at" in await connection.run_sync(indexes)
