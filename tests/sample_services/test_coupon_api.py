"""The HTTP API over a real Redis and a real SQLite file."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import OperationalError

from sample_services.coupon_api.app import create_app
from sample_services.coupon_api.deliveries import Deliveries
from sample_services.queues import REQUESTS
from sample_services.schema import Coupon
from sample_services.settings import DatabaseSettings
from sample_services.telemetry.http_server import TracingMiddleware

from .measured import total
from .shop import api_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import FastAPI
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    from redis.asyncio import Redis
    from sqlalchemy.ext.asyncio import AsyncEngine


def client_of(app: FastAPI) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(TracingMiddleware(app), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://api")


@pytest.fixture
async def app(redis_url: str, database: DatabaseSettings, engine: AsyncEngine) -> AsyncIterator[FastAPI]:
    app = create_app(api_settings(redis_url, database))
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as client:
        yield client


async def add_campaign(client: httpx.AsyncClient, stock: int = 5) -> str:
    answer = await client.post("/campaigns", json={"name": "spring", "stock": stock})
    assert answer.status_code == 201
    campaign_id: str = answer.json()["id"]
    return campaign_id


async def add_coupon(engine: AsyncEngine, campaign_id: str, request_id: str = "r1", user: str = "u1") -> None:
    async with engine.begin() as connection:
        await connection.execute(
            insert(Coupon).values(request_id=request_id, campaign_id=campaign_id, user_id=user)
        )


def cache_reads(result: str) -> float:
    return total("coupon.cache.requests", coupon__cache__result=result)


async def test_a_request_is_taken_and_is_pending(client: httpx.AsyncClient, redis: Redis) -> None:
    campaign = await add_campaign(client)
    answer = await client.post(f"/campaigns/{campaign}/coupons", json={"user_id": "u1"})
    assert answer.status_code == 202
    request_id = answer.json()["request_id"]
    ((_, fields),) = await redis.xrange(REQUESTS)  # type: ignore[misc]
    assert fields.pop("traceparent").split("-")[1] == answer.headers["x-trace-id"]  # type: ignore[union-attr, arg-type]
    assert fields == {"request_id": request_id, "campaign_id": campaign, "user_id": "u1"}
    outcome = (await client.get(f"/coupons/{request_id}")).json()
    assert outcome == {
        "request_id": request_id,
        "campaign_id": campaign,
        "status": "pending",
        "reason": None,
    }


async def test_an_idempotency_key_makes_one_entry_of_many_requests(
    client: httpx.AsyncClient, redis: Redis
) -> None:
    campaign = await add_campaign(client)
    path, key = f"/campaigns/{campaign}/coupons", {"Idempotency-Key": "order-7"}
    answers = await asyncio.gather(
        *(client.post(path, json={"user_id": "u1"}, headers=key) for _ in range(10))
    )
    assert {answer.status_code for answer in answers} == {202}
    assert {answer.json()["request_id"] for answer in answers} == {"order-7"}
    assert await redis.xlen(REQUESTS) == 1
    other = await client.post(path, json={"user_id": "u2"}, headers=key)
    assert other.status_code == 409
    assert "order-7" in other.json()["error"]


async def test_a_delivery_counts_once(client: httpx.AsyncClient, engine: AsyncEngine) -> None:
    campaign = await add_campaign(client)
    await add_coupon(engine, campaign)
    assert (await client.get("/coupons/r1")).json()["status"] == "issued"
    body = {"delivery_id": "r1", "request_id": "r1", "campaign_id": "c"}
    answers = await asyncio.gather(*(client.post("/deliveries", json=body) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 201]
    again = await client.post(
        "/deliveries", json={"delivery_id": "other", "request_id": "r1", "campaign_id": "c"}
    )
    assert again.json() == {"new": False}
    assert (await client.get("/coupons/r1")).json()["status"] == "delivered"
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM deliveries"))).scalar_one() == 1


async def test_deliveries_that_come_together_are_stored_together_and_one_that_is_wrong_fails_alone(
    client: httpx.AsyncClient, engine: AsyncEngine, spans: InMemorySpanExporter
) -> None:
    campaign = await add_campaign(client)
    for n in range(8):
        await add_coupon(engine, campaign, f"r{n}", f"u{n}")
    spans.clear()

    async def note(request_id: str) -> int:
        body = {"delivery_id": request_id, "request_id": request_id, "campaign_id": campaign}
        return (await client.post("/deliveries", json=body)).status_code

    statuses = await asyncio.gather(*(note(f"r{n}") for n in range(8)), note("none"), note("r3"))
    assert statuses[:8] + statuses[9:] == [201] * 8 + [200]
    assert statuses[8] == 404
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM deliveries"))).scalar_one() == 8
    inserts = [span for span in spans.get_finished_spans() if span.name == "INSERT deliveries"]
    assert max(int(str((span.attributes or {}).get("db.operation.batch.size", 1))) for span in inserts) > 1
    callers = {span.context.trace_id for span in spans.get_finished_spans() if span.context}
    assert {span.context.trace_id for span in inserts if span.context} == callers


async def test_deliveries_go_on_after_the_database_was_away(
    client: httpx.AsyncClient, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = await add_campaign(client)
    await add_coupon(engine, campaign)
    body = {"delivery_id": "r1", "request_id": "r1", "campaign_id": campaign}

    async def away(*_: object) -> None:
        raise OperationalError("INSERT", None, Exception("disk I/O error"))

    with monkeypatch.context() as patch:
        patch.setattr(Deliveries, "_insert", away)
        answers = await asyncio.gather(*(client.post("/deliveries", json=body) for _ in range(3)))
    assert [answer.status_code for answer in answers] == [503] * 3
    assert (await client.post("/deliveries", json=body)).status_code == 201


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/campaigns/none", None),
        ("GET", "/coupons/none", None),
        ("POST", "/campaigns/none/coupons", {"user_id": "u1"}),
        ("POST", "/deliveries", {"delivery_id": "none", "request_id": "none", "campaign_id": "c"}),
    ],
)
async def test_what_is_unknown_is_404(client: httpx.AsyncClient, method: str, path: str, body: Any) -> None:
    answer = await client.request(method, path, json=body)
    assert answer.status_code == 404
    assert "none" in answer.json()["error"]


NAMED = '{"name": "%s", "stock": 5}'


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/campaigns", NAMED % r"a\u0000b"),
        ("/campaigns", NAMED % r"\ud800"),
        ("/campaigns", NAMED % r"a\udfffb"),
        ("/campaigns", r'{"name": "spring", "stock": "\ud800"}'),
        ("/campaigns", r'["\ud800"]'),
        ("/campaigns", r'{"\ud800": 1}'),
        ("/campaigns/x/coupons", r'{"user_id": "a\u0000"}'),
        ("/campaigns/x/coupons", r'{"user_id": "\ud83d"}'),
        ("/campaigns/%00/coupons", '{"user_id": "ada"}'),
        ("/deliveries", r'{"delivery_id": "\u0000", "request_id": "r", "campaign_id": "c"}'),
    ],
)
async def test_text_that_no_database_stores_is_400(client: httpx.AsyncClient, path: str, body: str) -> None:
    answer = await client.post(path, content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, "NUL" in answer.json()["error"]) == (400, True)


@pytest.mark.parametrize("path", ["/campaigns/%00", "/coupons/a%00", "/campaigns?limit=%00"])
async def test_a_path_or_query_with_nul_is_400(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 400


async def test_a_whole_surrogate_pair_is_text(client: httpx.AsyncClient) -> None:
    body = NAMED % r"\ud83c\udf31"
    answer = await client.post("/campaigns", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["name"]) == (201, "\N{SEEDLING}")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e400", "9" * 5000])
async def test_a_number_that_json_can_not_repeat_is_refused(client: httpx.AsyncClient, number: str) -> None:
    body = f'{{"name": "spring", "stock": {number}}}'
    answer = await client.post("/campaigns", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422)


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize("path", ["/campaigns", "/campaigns/x/coupons", "/deliveries"])
async def test_a_large_body_is_413_before_it_is_read(
    client: httpx.AsyncClient, path: str, announced: bool
) -> None:
    sent = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(150):
            sent += 1 << 20
            yield b" " * (1 << 20)

    headers = {"content-type": "application/json"}
    if announced:
        headers["content-length"] = str(150 << 20)
    answer = await client.post(path, content=body(), headers=headers)
    assert (answer.status_code, answer.json()) == (413, {"error": "the body may have 65536 bytes at most"})
    assert sent <= (0 if announced else 1 << 20)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/campaigns", {"name": "x", "stock": -1}),
        ("/campaigns", {"name": ""}),
        ("/campaigns/c/coupons", {"user_id": "two words"}),
        ("/campaigns/c/coupons", {}),
        ("/deliveries", {"delivery_id": "a" * 65, "request_id": "r", "campaign_id": "c"}),
    ],
)
async def test_what_is_malformed_is_422(client: httpx.AsyncClient, path: str, body: Any) -> None:
    assert (await client.post(path, json=body)).status_code == 422


async def test_fifty_readers_of_an_uncached_campaign_make_one_load(
    client: httpx.AsyncClient, redis: Redis, spans: InMemorySpanExporter
) -> None:
    campaign = await add_campaign(client)
    spans.clear()
    before = cache_reads("miss")
    answers = await asyncio.gather(*(client.get(f"/campaigns/{campaign}") for _ in range(50)))
    assert {answer.json()["stock"] for answer in answers} == {5}
    loads = [span for span in spans.get_finished_spans() if span.name == "SELECT campaigns"]
    assert len(loads) == 1
    assert cache_reads("miss") - before == 1
    ttl = await redis.pttl(f"coupon:campaign:{campaign}:view")
    assert 0 < ttl <= 12_000

    spans.clear()
    await client.get(f"/campaigns/{campaign}")
    (hit,) = spans.get_finished_spans()
    assert (hit.attributes or {})["coupon.cache.result"] == "hit"
    assert (hit.attributes or {})["coupon.campaign"] == campaign


async def test_a_loader_that_died_does_not_block_readers(client: httpx.AsyncClient, redis: Redis) -> None:
    campaign = await add_campaign(client)
    await redis.set(f"coupon:campaign:{campaign}:loading", "dead", px=60)
    answers = await asyncio.gather(*(client.get(f"/campaigns/{campaign}") for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert not await redis.exists(f"coupon:campaign:{campaign}:loading")


async def test_listing_takes_two_statements_however_many_campaigns(
    client: httpx.AsyncClient, engine: AsyncEngine, spans: InMemorySpanExporter
) -> None:
    for n in range(6):
        campaign = await add_campaign(client)
        await add_coupon(engine, campaign, f"r{n}")
    spans.clear()
    listed = (await client.get("/campaigns?limit=5")).json()
    assert [len(campaign["coupons"]) for campaign in listed] == [1] * 5
    names = [span.name for span in spans.get_finished_spans()]
    assert names == ["SELECT campaigns", "SELECT coupons", "GET /campaigns"]


async def test_a_server_span_has_its_route_and_callers_trace_and_checks_have_none(
    client: httpx.AsyncClient, spans: InMemorySpanExporter
) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        answer = await client.get(path)
        assert answer.status_code == 200
        assert "x-trace-id" not in answer.headers
    assert spans.get_finished_spans() == ()

    trace_id = "0af7651916cd43dd8448eb211c80319c"
    answer = await client.get("/coupons/none", headers={"traceparent": f"00-{trace_id}-b7ad6b7169203331-01"})
    assert answer.headers["x-trace-id"] == trace_id
    server = spans.get_finished_spans()[-1]
    assert server.name == "GET /coupons/{request_id}"
    assert server.attributes
    assert server.attributes["http.route"] == "/coupons/{request_id}"
    assert server.attributes["http.response.status_code"] == 404
    assert server.parent
    assert server.parent.is_remote


async def test_a_redis_that_is_down_is_503_with_the_reason(
    database: DatabaseSettings, engine: AsyncEngine, spans: InMemorySpanExporter
) -> None:
    app = create_app(api_settings("redis://127.0.0.1:1/0", database))
    async with app.router.lifespan_context(app), client_of(app) as client:
        answer = await client.get("/campaigns/c")
        ready = await client.get("/readyz")
        assert (await client.get("/healthz")).status_code == 200
    assert answer.status_code == 503
    assert answer.json() == {"error": "redis is not available"}
    assert ready.status_code == 503
    assert set(ready.json()["reasons"]) == {"redis"}
    (server,) = spans.get_finished_spans()
    assert server.status.is_ok is False
    assert (server.attributes or {})["http.response.status_code"] == 503


async def test_a_database_that_fails_is_503_with_the_reason(
    client: httpx.AsyncClient, app: FastAPI, engine: AsyncEngine, spans: InMemorySpanExporter
) -> None:
    async with engine.begin() as connection:
        for table in ("deliveries", "coupons", "rejections", "campaigns"):
            await connection.execute(text(f"DROP TABLE {table}"))
    answer = await client.get("/campaigns")
    assert answer.status_code == 503
    assert answer.json() == {"error": "database is not available"}
    statement, server = spans.get_finished_spans()
    assert statement.name == "SELECT campaigns"
    assert (statement.attributes or {})["error.type"] == "sqlite3.OperationalError"
    assert (server.attributes or {})["error.type"]


async def test_waiting_for_a_connection_is_told_and_only_that(
    redis_url: str, database: DatabaseSettings, engine: AsyncEngine, spans: InMemorySpanExporter
) -> None:
    app = create_app(api_settings(redis_url, DatabaseSettings(database.url, 1)))
    own: AsyncEngine = app.state.resources.engine
    async with app.router.lifespan_context(app), client_of(app) as client:
        await client.get("/campaigns")
        assert "pool checkout" not in {span.name for span in spans.get_finished_spans()}
        async with own.connect():
            waiting = asyncio.create_task(client.get("/campaigns"))
            while own.pool.checkedout() < 1 or not waiting_for(own):  # type: ignore[attr-defined]
                await asyncio.sleep(0.001)
        await waiting
    (wait,) = [span for span in spans.get_finished_spans() if span.name == "pool checkout"]
    assert (wait.attributes or {})["db.client.connection.pool.name"] == "coupons.db"
    assert wait.parent


def waiting_for(engine: AsyncEngine) -> bool:
    return bool(engine.pool._pool._queue._getters)  # type: ignore[attr-defined]
