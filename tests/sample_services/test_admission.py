"""More requests than can be worked for at once: they wait for a bounded time, then are asked to come back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from sample_services.coupon_api.admission import WAITED, Admission
from sample_services.coupon_api.app import create_app
from sample_services.coupon_api.failures import BusyError
from sample_services.load import LoadResult, _ask
from sample_services.redis_client import AllInUseError, open_redis
from sample_services.settings import DatabaseSettings

from .measured import total
from .shop import api_settings
from .test_coupon_api import add_campaign, client_of

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    from redis.asyncio import Redis
    from sqlalchemy.ext.asyncio import AsyncEngine


def refused(reason: str) -> float:
    return total("coupon.api.refused", reason=reason)


async def test_turns_are_taken_in_the_order_of_arrival() -> None:
    admission, order = Admission(at_once=2), list[int]()

    async def work(number: int) -> None:
        async with admission.turn():
            order.append(number)
            await asyncio.sleep(0)

    await asyncio.gather(*(work(number) for number in range(20)))
    assert order == list(range(20))


async def test_who_waits_too_long_or_behind_too_many_is_refused() -> None:
    admission = Admission(at_once=1, waiting=1, patience_seconds=0.2)
    async with admission.turn():
        waiting = asyncio.create_task(_take(admission))
        await asyncio.sleep(0)
        with pytest.raises(BusyError, match="1 requests wait already"):
            await _take(admission)
        with pytest.raises(BusyError, match=r"within 0\.2 s"):
            await waiting
    await _take(admission)  # what left without a turn takes none away


async def _take(admission: Admission) -> None:
    async with admission.turn():
        pass


async def test_one_that_gives_up_its_wait_takes_no_turn_away() -> None:
    admission = Admission(at_once=1, waiting=5)
    async with admission.turn():
        waiting = [asyncio.create_task(_take(admission)) for _ in range(5)]
        await asyncio.sleep(0)
        for task in waiting[:4]:
            task.cancel()
    await waiting[4]
    for _ in range(3):
        await _take(admission)


async def test_the_api_answers_429_with_the_route_and_checks_are_answered_all_the_same(
    redis_url: str, database: DatabaseSettings, engine: AsyncEngine, spans: InMemorySpanExporter
) -> None:
    app = create_app(api_settings(redis_url, database))
    async with app.router.lifespan_context(app), client_of(app) as client:
        campaign = await add_campaign(client)
        app.state.admission = Admission(at_once=1, waiting=1, patience_seconds=0.1)
        before = refused("busy")
        async with app.state.admission.turn():
            spans.clear()
            answers = await asyncio.gather(
                *(client.post(f"/campaigns/{campaign}/coupons", json={"user_id": f"u{n}"}) for n in range(5)),
                client.get("/healthz"),
                client.get("/readyz"),
                client.get("/metrics"),
            )
            body = {"delivery_id": "none", "request_id": "none", "campaign_id": "c"}
            assert (await client.post("/deliveries", json=body)).status_code == 404, "it takes no turn"
        assert [answer.status_code for answer in answers] == [429] * 5 + [200] * 3
        for answer in answers[:5]:
            assert 1 <= int(answer.headers["retry-after"]) <= 3
            assert answer.json()["error"].startswith("try again later: ")
        assert refused("busy") - before == 5
        servers = [span for span in spans.get_finished_spans() if (span.attributes or {}).get("http.route")]
        assert {span.name for span in servers[:5]} == {"POST /campaigns/{campaign_id}/coupons"}
        assert all(span.status.is_ok or span.status.is_unset for span in servers), "no failure of the service"
        assert [span for span in servers if float(str((span.attributes or {}).get(WAITED, 0))) >= 90]
        assert (await client.post(f"/campaigns/{campaign}/coupons", json={"user_id": "u"})).status_code == 202


async def test_commands_wait_for_a_connection_and_not_for_ever(redis_url: str, redis: Redis) -> None:
    few = open_redis(redis_url, connections=2, patience_seconds=10)
    answers = await asyncio.gather(*(few.incr("n") for _ in range(300)))
    assert sorted(answers) == list(range(1, 301))
    assert len(await redis.client_list()) < 10
    await few.aclose()

    impatient: Any = open_redis(redis_url, connections=1, patience_seconds=0.1)
    blocked = asyncio.create_task(impatient.blpop("nothing", timeout=1))
    await asyncio.sleep(0.05)
    with pytest.raises(AllInUseError, match="all 1 connections to Redis are in use"):
        await impatient.get("n")
    await blocked
    await impatient.aclose()


async def test_a_redis_that_is_away_is_not_taken_for_a_busy_one() -> None:
    from redis.exceptions import ConnectionError as AwayError

    away = open_redis("redis://127.0.0.1:1/0", patience_seconds=0.1)
    with pytest.raises(AwayError) as caught:
        await away.get("n")
    assert not isinstance(caught.value, AllInUseError)
    await away.aclose()


async def test_no_connection_to_the_database_in_time_is_429(
    redis_url: str, database: DatabaseSettings, engine: AsyncEngine
) -> None:
    app = create_app(api_settings(redis_url, DatabaseSettings(database.url, 1)))
    own: Any = app.state.resources.engine
    own.pool._timeout = 0.1
    async with app.router.lifespan_context(app), client_of(app) as client:
        async with own.connect():
            answer = await client.get("/campaigns")
        assert answer.status_code == 429
        assert answer.headers["retry-after"]
        assert (await client.get("/campaigns")).status_code == 200


async def test_the_load_comes_back_as_it_is_asked_to(
    redis_url: str, database: DatabaseSettings, engine: AsyncEngine
) -> None:
    app = create_app(api_settings(redis_url, database))
    async with app.router.lifespan_context(app), client_of(app) as client:
        campaign, result = await add_campaign(client), LoadResult()
        app.state.admission = Admission(at_once=1, waiting=0)
        async with app.state.admission.turn():
            asked = asyncio.create_task(_ask(client, result, f"/campaigns/{campaign}/coupons", "u1"))
            while not result.statuses["429"]:
                await asyncio.sleep(0.01)
        answer = await asked
    assert answer is not None
    assert answer.status_code == 202
    assert result.statuses["202"] == 1
