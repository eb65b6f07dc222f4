"""Coupons: never over stock, never two for a user, the same answer for the same request, whatever fails."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import set_span_in_context
from redis.exceptions import ConnectionError as RedisConnectionError
from sqlalchemy import func, insert, select

from sample_services.coupon_issuer.issuing import Issuing
from sample_services.coupon_issuer.ledger import Ledger
from sample_services.coupon_issuer.reservation import Decision, Reservations
from sample_services.database import create_schema, open_engine
from sample_services.queues import ISSUED, ISSUER_GROUP, REQUESTS, CouponRequest
from sample_services.schema import Base, Campaign, Coupon, Rejection
from sample_services.stream_consumer import StreamConsumer
from stream_tracing import StreamTracer

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    from redis.asyncio import Redis
    from sqlalchemy.ext.asyncio import AsyncEngine

    from sample_services.settings import DatabaseSettings, QueueSettings


async def add_campaign(engine: AsyncEngine, stock: int, name: str = "c") -> None:
    async with engine.begin() as connection:
        await connection.execute(insert(Campaign).values(id=name, name=name, stock=stock, issued=0))


async def enqueue(redis: Redis, *requests: CouponRequest) -> None:
    for request in requests:
        await redis.xadd(REQUESTS, request.to_fields())  # type: ignore[arg-type]


def requests(count: int, campaign: str = "c") -> list[CouponRequest]:
    return [CouponRequest(f"{campaign}-r{n}", campaign, f"u{n}") for n in range(count)]


def issuer(redis: Redis, engine: AsyncEngine, queue: QueueSettings, name: str = "one") -> StreamConsumer:
    tracer = StreamTracer()
    issuing = Issuing(redis, Reservations(redis, engine), Ledger(engine), tracer)
    return StreamConsumer(redis, REQUESTS, ISSUER_GROUP, issuing, replace(queue, consumer=name), tracer)


async def drain(redis: Redis, *consumers: StreamConsumer) -> None:
    await consumers[0].open_group()
    while await redis.xlen(REQUESTS):
        await asyncio.gather(*(consumer.step() for consumer in consumers))


async def count(engine: AsyncEngine, table: type[Base]) -> int:
    async with engine.connect() as connection:
        return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())


async def reasons(engine: AsyncEngine) -> dict[str, str]:
    async with engine.connect() as connection:
        rows = await connection.execute(select(Rejection.request_id, Rejection.reason))
        return {row.request_id: row.reason for row in rows}


async def issued_count(engine: AsyncEngine, name: str = "c") -> int:
    async with engine.connect() as connection:
        return int(
            (await connection.execute(select(Campaign.issued).where(Campaign.id == name))).scalar_one()
        )


async def test_stock_and_one_per_user_are_kept_and_every_request_has_an_outcome(
    redis: Redis, engine: AsyncEngine, queue: QueueSettings
) -> None:
    await add_campaign(engine, 3)
    await enqueue(redis, *requests(3), CouponRequest("again", "c", "u0"), CouponRequest("late", "c", "u9"))
    await enqueue(redis, CouponRequest("lost", "nowhere", "u0"))
    await drain(redis, issuer(redis, engine, queue))

    assert await count(engine, Coupon) == await issued_count(engine) == 3
    assert await reasons(engine) == {
        "again": "already_issued",
        "late": "sold_out",
        "lost": "unknown_campaign",
    }
    published = await redis.xrange(ISSUED)
    assert sorted(fields["request_id"] for _, fields in published) == ["c-r0", "c-r1", "c-r2"]  # type: ignore[index, union-attr]


async def test_concurrent_issuers_never_over_issue(
    redis: Redis, engine: AsyncEngine, queue: QueueSettings
) -> None:
    await add_campaign(engine, 20)
    await add_campaign(engine, 7, "d")
    small = replace(queue, batch_size=7)
    await enqueue(redis, *(it for pair in zip(requests(60), requests(60, "d"), strict=True) for it in pair))
    await drain(redis, *(issuer(redis, engine, small, f"issuer-{n}") for n in range(4)))

    assert await issued_count(engine) == 20
    assert await issued_count(engine, "d") == 7
    assert await count(engine, Coupon) == 27
    assert await count(engine, Rejection) == 120 - 27


@pytest.mark.parametrize("forgetting", ["nothing", "everything", "the stock", "the holder:u0"])
async def test_a_replay_gets_the_same_answer_even_from_a_redis_that_forgot(
    redis: Redis, engine: AsyncEngine, queue: QueueSettings, forgetting: str
) -> None:
    await add_campaign(engine, 2)
    await enqueue(redis, *requests(4))
    consumer = issuer(redis, engine, queue)
    await drain(redis, consumer)
    before = await reasons(engine)

    if forgetting == "everything":
        await redis.flushall()
    elif forgetting != "nothing":
        await redis.delete(f"coupon:campaign:c:{forgetting.removeprefix('the ')}")
    await enqueue(redis, *requests(4), CouponRequest("again", "c", "u0"))
    await drain(redis, consumer)

    assert await count(engine, Coupon) == await issued_count(engine) == 2
    after = await reasons(engine)
    assert after.pop("again") in {"already_issued", "sold_out"}
    assert after == before


async def test_what_redis_promised_too_much_the_database_refuses(
    redis: Redis, engine: AsyncEngine, queue: QueueSettings
) -> None:
    await add_campaign(engine, 2)
    await redis.set("coupon:campaign:c:stock", 100)
    await enqueue(redis, *requests(5))
    await drain(redis, issuer(redis, engine, queue))

    assert await count(engine, Coupon) == await issued_count(engine) == 2
    assert set((await reasons(engine)).values()) == {"sold_out"}
    assert await redis.get("coupon:decision:c-r4") == "sold_out"
    assert await redis.xlen(ISSUED) == 2


async def test_a_user_whom_redis_forgot_gets_no_second_coupon(
    redis: Redis, engine: AsyncEngine, queue: QueueSettings
) -> None:
    await add_campaign(engine, 5)
    await enqueue(redis, *requests(1))
    consumer = issuer(redis, engine, queue)
    await drain(redis, consumer)
    await redis.delete("coupon:campaign:c:holder:u0")
    await enqueue(redis, CouponRequest("second", "c", "u0"), CouponRequest("other", "c", "u7"))
    await drain(redis, consumer)

    assert await reasons(engine) == {"second": "already_issued"}
    assert await count(engine, Coupon) == 2
    # The reservation that was wrong is given back.
    await enqueue(redis, *requests(5)[1:])
    await drain(redis, consumer)
    assert await issued_count(engine) == 5


async def test_a_rejection_is_not_followed_by_a_coupon_when_redis_forgets_why(
    redis: Redis, engine: AsyncEngine, queue: QueueSettings
) -> None:
    """The only coupon was reserved by a request that never came to its end; then Redis was lost."""
    await add_campaign(engine, 1)
    never, late = CouponRequest("never", "c", "u0"), CouponRequest("late", "c", "u1")
    await Reservations(redis, engine).decide([never])
    consumer = issuer(redis, engine, queue)
    await enqueue(redis, late)
    await drain(redis, consumer)
    assert await reasons(engine) == {"late": "sold_out"}

    await redis.flushall()
    for request in (late, never):
        await enqueue(redis, request)
        await drain(redis, consumer)
    assert await count(engine, Rejection) == await count(engine, Coupon) == 1
    assert await reasons(engine) == {"late": "sold_out"}
    assert await redis.get("coupon:decision:late") == "sold_out"
    assert await issued_count(engine) == 1


async def test_a_coupon_is_not_followed_by_a_rejection_when_redis_forgets_its_holder(
    redis: Redis, engine: AsyncEngine, queue: QueueSettings
) -> None:
    await add_campaign(engine, 1)
    await enqueue(redis, *requests(1))
    consumer = issuer(redis, engine, queue)
    await drain(redis, consumer)
    await redis.delete("coupon:campaign:c:holder:u0", "coupon:decision:c-r0")
    await enqueue(redis, *requests(1))
    await drain(redis, consumer)
    assert await reasons(engine) == {}
    assert await count(engine, Coupon) == 1
    assert await redis.get("coupon:decision:c-r0") == "issued"


class CrashError(Exception):
    pass


@pytest.mark.parametrize("step", ["reserve", "commit", "publish"])
async def test_a_crash_after_any_step_is_repaired_by_delivering_again(
    redis: Redis, engine: AsyncEngine, queue: QueueSettings, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_campaign(engine, 2)
    await enqueue(redis, *requests(3))
    target, method = {
        "reserve": (Reservations, "decide"),
        "commit": (Ledger, "store"),
        "publish": (Issuing, "_publish"),
    }[step]
    finished = getattr(target, method)

    async def crash(*arguments: object) -> None:
        await finished(*arguments)
        raise CrashError

    consumer = issuer(redis, engine, queue)
    await consumer.open_group()
    with monkeypatch.context() as patch:
        patch.setattr(target, method, crash)
        await consumer.step()
    assert await redis.xlen(REQUESTS) == 3
    await asyncio.sleep(0.005)
    await issuer(redis, engine, queue, "next").step()

    assert await redis.xlen(REQUESTS) == 0
    assert await count(engine, Coupon) == await issued_count(engine) == 2
    assert await reasons(engine) == {"c-r2": "sold_out"}
    published = {fields["request_id"] for _, fields in await redis.xrange(ISSUED)}  # type: ignore[index, union-attr]
    assert published == {"c-r0", "c-r1"}


async def test_a_malformed_entry_does_not_hold_up_its_batch(
    redis: Redis, engine: AsyncEngine, queue: QueueSettings
) -> None:
    await add_campaign(engine, 5)
    await redis.xadd(REQUESTS, {"request_id": "half"})
    await enqueue(redis, *requests(2))
    consumer = issuer(redis, engine, queue)
    await consumer.open_group()
    await consumer.step()
    assert await count(engine, Coupon) == 2
    assert await redis.xlen(REQUESTS) == 0
    assert await redis.xlen(f"{REQUESTS}.dead") == 1


async def test_statements_of_a_batch_show_in_the_trace_of_each_entry_they_served(
    redis: Redis, engine: AsyncEngine, queue: QueueSettings, spans: InMemorySpanExporter
) -> None:
    await add_campaign(engine, 2)
    await enqueue(redis, *requests(3))
    await drain(redis, issuer(redis, engine, queue))

    by_trace: dict[int, list[str]] = {}
    for span in spans.get_finished_spans():
        assert span.context
        by_trace.setdefault(span.context.trace_id, []).append(span.name)
    loaded = ["SELECT campaigns"]
    issued = [*loaded, "INSERT coupons", "UPDATE campaigns", "COMMIT", "send coupon.issued"]
    rejected = [*loaded, "INSERT rejections", "COMMIT"]
    ends = ["process coupon.requests"]
    assert sorted(map(sorted, by_trace.values())) == sorted(
        map(sorted, [issued + ends, issued + ends, rejected + ends])
    )
    inserts = [span for span in spans.get_finished_spans() if span.name == "INSERT coupons"]
    assert len({(span.start_time, span.end_time) for span in inserts}) == 1
    assert all((span.attributes or {})["db.operation.batch.size"] == 2 for span in inserts)
    outcomes = {
        (span.attributes or {})["coupon.outcome"]
        for span in spans.get_finished_spans()
        if span.name == ends[0]
    }
    assert outcomes == {"issued", "sold_out"}


async def test_storing_twice_changes_nothing(engine: AsyncEngine) -> None:
    await add_campaign(engine, 5)
    context = set_span_in_context(trace.INVALID_SPAN, Context())
    work = [(context, Decision(request)) for request in requests(3)]
    ledger = Ledger(engine)
    assert await ledger.store(work) == await ledger.store(work) == [decision for _, decision in work]
    assert await issued_count(engine) == 3


async def test_a_redis_that_is_away_leaves_the_batch_pending(
    redis: Redis, engine: AsyncEngine, queue: QueueSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_campaign(engine, 5)
    await enqueue(redis, *requests(2))
    consumer = issuer(redis, engine, queue)
    await consumer.open_group()

    async def away(*_: object) -> None:
        raise RedisConnectionError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(Reservations, "decide", away)
        await consumer.step()
    assert await redis.xlen(REQUESTS) == 2
    assert await count(engine, Coupon) == 0


async def test_many_processes_may_create_the_tables_at_once(database: DatabaseSettings) -> None:
    engines = [open_engine(database) for _ in range(8)]
    await asyncio.gather(*(create_schema(engine) for engine in engines))
    assert await count(engines[0], Coupon) == 0
    for engine in engines:
        await engine.dispose()
