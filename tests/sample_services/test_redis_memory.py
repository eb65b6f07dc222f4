"""What Redis keeps of requests, for how long, and what happens when its memory is used up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from generator.components.redis.budget import (
    LETTER_BYTES,
    RECORD_BYTES,
    REQUESTS_PER_SECOND,
    data_limit,
    dead_letters_kept,
    remembered_seconds,
)
from generator.spec.quantities import Size
from sample_services.coupon_api.acceptance import Acceptance
from sample_services.coupon_api.app import create_app
from sample_services.coupon_issuer.issuing import Issuing
from sample_services.coupon_issuer.ledger import Ledger
from sample_services.coupon_issuer.reservation import Reservations
from sample_services.queues import FULL_SHARE, ISSUED, ISSUER_GROUP, REQUESTS, CouponRequest
from sample_services.redis_memory import LEAST_REMEMBERED_SECONDS, RedisMemory
from sample_services.stream_consumer import StreamConsumer
from stream_tracing import StreamTracer

from .measured import total
from .redis_server import RedisServer
from .shop import api_settings
from .test_coupon_api import add_campaign, client_of
from .test_issuing import add_campaign as store_campaign

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from redis.asyncio import Redis
    from sqlalchemy.ext.asyncio import AsyncEngine

    from sample_services.settings import DatabaseSettings, QueueSettings

DAY_SECONDS = 24 * 3600
MEMORIES = ["16MiB", "64MiB", "128MiB", "1GiB", "64GiB"]


@pytest.fixture
async def own_redis(redis_server_path: Path, tmp_path: Path) -> AsyncIterator[Redis]:
    """A Redis whose limit a test may change."""
    from sample_services.redis_client import open_redis

    with RedisServer(redis_server_path, tmp_path) as server:
        client = open_redis(server.url)
        await client.config_set("maxmemory-policy", "noeviction")
        yield client
        await client.aclose()


def url_of(redis: Redis) -> str:
    return f"redis://127.0.0.1:{redis.connection_pool.connection_kwargs['port']}/0"


async def used(redis: Redis) -> int:
    return int((await redis.info("memory"))["used_memory"])


class Line:
    """The way of a request: taken, decided, stored."""

    def __init__(self, redis: Redis, engine: AsyncEngine, queue: QueueSettings, remembered: int) -> None:
        tracer = StreamTracer()
        self.redis = redis
        self.memory = RedisMemory(redis, remembered)
        self.acceptance = Acceptance(redis, engine, self.memory, tracer)
        reservations = Reservations(redis, engine, self.memory.remembered_seconds)
        issuing = Issuing(redis, reservations, Ledger(engine), tracer)
        self.issuer = StreamConsumer(redis, REQUESTS, ISSUER_GROUP, issuing, queue, tracer)

    async def pass_through(self, requests: list[CouponRequest]) -> None:
        await self.memory.look()
        for request in requests:
            await self.acceptance.accept(request, may_be_known=False)
        await self.issuer.open_group()
        while await self.redis.xlen(REQUESTS):
            await self.issuer.step()
        await self.redis.xtrim(ISSUED, maxlen=0)


def asked(first: int, count: int, campaign: str = "c") -> list[CouponRequest]:
    """With ids as long as the API's own, and users' names of twenty characters."""
    return [CouponRequest(f"{n:032x}", campaign, f"user-{n:015d}") for n in range(first, first + count)]


async def test_a_decided_request_takes_no_more_than_it_is_accounted_for(
    own_redis: Redis, engine: AsyncEngine, queue: QueueSettings
) -> None:
    await store_campaign(engine, 10_000, "abcdefabcdef")
    line = Line(own_redis, engine, queue, 600)
    await line.pass_through(asked(0, 100, "abcdefabcdef"))
    before = await used(own_redis)
    await line.pass_through(asked(100, 4000, "abcdefabcdef"))
    each = (await used(own_redis) - before) / 4000
    assert RECORD_BYTES / 2 < each < RECORD_BYTES, "the largest that it can be: all are issued"


async def test_a_dead_letter_takes_no_more_than_it_is_accounted_for(
    own_redis: Redis, engine: AsyncEngine, queue: QueueSettings
) -> None:
    issuer = Line(own_redis, engine, queue, 600).issuer
    await issuer.open_group()
    before = await used(own_redis)
    for request in asked(0, 500):
        fields: Any = {**request.to_fields(), "user_id": "u" * 80, "traceparent": "0" * 55}
        await own_redis.xadd(REQUESTS, fields)
    while await own_redis.xlen(REQUESTS):
        await issuer.step()
    assert await own_redis.xlen(f"{REQUESTS}.dead") == 500
    assert (await used(own_redis) - before) / 500 < LETTER_BYTES


async def test_every_key_of_a_decided_request_expires_and_one_that_waits_stays(
    redis: Redis, engine: AsyncEngine, queue: QueueSettings
) -> None:
    await store_campaign(engine, 1)
    line = Line(redis, engine, queue, 60)
    await line.pass_through(asked(0, 3))
    waiting = asked(9, 1)[0]
    await line.acceptance.accept(waiting, may_be_known=False)
    found: list[Any] = await redis.keys("coupon:*")
    keys = {str(key): await redis.ttl(key) for key in found}
    assert keys.pop(f"coupon:request:{waiting.request_id}") > DAY_SECONDS
    assert {kind for key in keys if (kind := key.split(":")[1])} == {"request", "decision", "campaign"}
    assert all(0 < ttl <= 60 for ttl in keys.values()), keys


@pytest.mark.parametrize("memory", MEMORIES)
def test_a_day_at_the_load_that_it_is_sized_for_by_numbers(memory: str) -> None:
    """Second by second: what is written, what expires, and dead letters at their most."""
    size = Size.parse(memory)
    stays, limit = remembered_seconds(size), data_limit(size).bytes
    written, alive, most = REQUESTS_PER_SECOND * RECORD_BYTES, 0, 0
    for second in range(DAY_SECONDS):
        alive += written
        if second >= stays:
            alive -= written
        most = max(most, alive)
    letters = 2 * dead_letters_kept(size) * LETTER_BYTES
    assert most <= 0.41 * limit
    assert letters <= 0.21 * limit
    assert most + letters <= (FULL_SHARE - 0.2) * limit, "a fifth is left for what waits"


async def test_a_day_in_a_shortened_form(own_redis: Redis, engine: AsyncEngine, queue: QueueSettings) -> None:
    """Ten times of what the memory holds passes through it, while records stay as long as a second."""
    batch, batches = 50, 80
    await store_campaign(engine, batch * batches)
    line = Line(own_redis, engine, queue, 1)
    await line.pass_through(asked(0, 50))
    room = batch * batches * RECORD_BYTES // 10
    await own_redis.config_set("maxmemory", int((await used(own_redis) + room) / FULL_SHARE))
    shares = []
    for number in range(batches):
        await line.pass_through(asked(50 + number * batch, batch))
        shares.append(line.memory.share)
        while line.memory.share > 0.8:  # at this machine's speed, not at a hundred a second
            await asyncio.sleep(0.2)
            await line.memory.look()
    assert max(shares) < FULL_SHARE
    deadline = asyncio.get_running_loop().time() + 30
    while await own_redis.keys("coupon:*"):
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.2)


@pytest.mark.parametrize(
    ("share", "seconds"),
    [(0.0, 600), (0.5, 600), (0.65, 315), (0.8, LEAST_REMEMBERED_SECONDS), (1.2, LEAST_REMEMBERED_SECONDS)],
)
def test_the_fuller_it_is_the_sooner_it_forgets(redis: Redis, share: float, seconds: int) -> None:
    memory = RedisMemory(redis, 600)
    memory.share = share
    assert memory.remembered_seconds() == seconds
    brief = RedisMemory(redis, 10)
    brief.share = share
    assert brief.remembered_seconds() == 10


async def test_a_full_redis_is_429_and_all_goes_on_when_it_has_memory_again(
    own_redis: Redis, database: DatabaseSettings, engine: AsyncEngine, queue: QueueSettings
) -> None:
    app = create_app(api_settings(url_of(own_redis), database))
    async with app.router.lifespan_context(app), client_of(app) as client:
        campaign = await add_campaign(client, 100)
        path = f"/campaigns/{campaign}/coupons"
        waiting = (await client.post(path, json={"user_id": "before"})).json()["request_id"]
        await Line(own_redis, engine, queue, 60).issuer.open_group()
        for _ in range(400):  # in pieces: a large one also fills buffers, for a moment
            await own_redis.rpush("filler", "f" * 10_000)
        for limit in (1.1, 0.9):  # refused by the API, which looks once a second; refused by Redis
            await own_redis.config_set("maxmemory", int(await used(own_redis) * limit))
            await asyncio.sleep(1.5)
            for number in range(3):
                answer = await client.post(path, json={"user_id": f"u{number}"})
                assert answer.status_code == 429, answer.text
                assert 5 <= int(answer.headers["retry-after"]) <= 15
            await own_redis.delete(f"coupon:campaign:{campaign}:view")
            assert (await client.get(f"/campaigns/{campaign}")).json()["stock"] == 100, "from the database"
            assert (await client.get(f"/coupons/{waiting}")).json()["status"] == "pending"
        assert total("coupon.redis.memory.used_ratio") > 1

        line = Line(own_redis, engine, queue, 60)
        await line.issuer.open_group()  # as a consumer does that comes back now
        await line.issuer.step()  # it can't decide now, and keeps what waits
        await own_redis.config_set("maxmemory", 0)
        await own_redis.delete("filler")
        await asyncio.sleep(1.5)
        assert (await client.post(path, json={"user_id": "after"})).status_code == 202
        while await own_redis.xlen(REQUESTS):
            await line.issuer.step()
        assert (await client.get(f"/coupons/{waiting}")).json()["status"] == "issued"


async def test_a_redis_that_refuses_between_two_looks_is_429_as_well(
    own_redis: Redis, database: DatabaseSettings, engine: AsyncEngine
) -> None:
    app = create_app(api_settings(url_of(own_redis), database))
    async with app.router.lifespan_context(app), client_of(app) as client:
        campaign = await add_campaign(client)
        await own_redis.config_set("maxmemory", 1)
        answer = await client.post(f"/campaigns/{campaign}/coupons", json={"user_id": "u"})
        assert (answer.status_code, answer.headers["retry-after"].isdecimal()) == (429, True)


async def test_an_idempotency_key_is_known_when_redis_has_forgotten_it(
    redis: Redis, redis_url: str, database: DatabaseSettings, engine: AsyncEngine, queue: QueueSettings
) -> None:
    app = create_app(api_settings(redis_url, database))
    async with app.router.lifespan_context(app), client_of(app) as client:
        campaign = await add_campaign(client, 1)
        path = f"/campaigns/{campaign}/coupons"

        async def ask(key: str, user: str) -> Any:
            return await client.post(path, json={"user_id": user}, headers={"Idempotency-Key": key})

        for key, user in (("won", "u1"), ("lost", "u2")):
            assert (await ask(key, user)).status_code == 202
        line = Line(redis, engine, queue, 60)
        await line.pass_through([])
        await redis.flushall()
        for key, user in (("won", "u1"), ("lost", "u2")):
            again = await ask(key, user)
            assert (again.status_code, again.json()) == (202, {"request_id": key})
            assert (await ask(key, "another")).status_code == 409
        assert await redis.xlen(REQUESTS) == 0, "nothing is decided twice"


async def test_a_user_asks_again_after_redis_has_forgotten(
    redis: Redis, engine: AsyncEngine, queue: QueueSettings
) -> None:
    """The last coupon is not taken from the next one by a user who has one, not even for a moment."""
    await store_campaign(engine, 2)
    line = Line(redis, engine, queue, 60)
    await line.pass_through([CouponRequest("r1", "c", "u1")])
    await redis.flushall()
    await line.pass_through([CouponRequest("r2", "c", "u1"), CouponRequest("r3", "c", "u2")])
    assert await redis.get("coupon:decision:r2") == "already_issued"
    assert await redis.get("coupon:decision:r3") == "issued"
