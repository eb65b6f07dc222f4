"""What is measured, and what is not: requests, statements, commands, pools, entries, coupons."""

from __future__ import annotations

import asyncio
import gc
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics.export import (
    MetricExporter,
    MetricExportResult,
    PeriodicExportingMetricReader,
)
from prometheus_client import CollectorRegistry, generate_latest
from redis.exceptions import ResponseError
from sqlalchemy import insert, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError
from sqlalchemy.ext.asyncio import create_async_engine

from sample_services.coupon_api.stock import Stock
from sample_services.coupon_issuer.ledger import Ledger
from sample_services.coupon_issuer.reservation import SOLD_OUT, Decision
from sample_services.queues import CouponRequest
from sample_services.redis_client import AllInUseError, open_redis
from sample_services.schema import Campaign, Coupon
from sample_services.settings import SettingsError, read_api
from sample_services.stream_consumer import StreamConsumer
from sample_services.telemetry.http_server import TracingMiddleware
from sample_services.telemetry.meters import create_meter_provider
from sample_services.telemetry.one_storage import OneStorage
from sample_services.telemetry.sharing import shared_by
from sample_services.telemetry.sql import TracedQueuePool, trace_statements
from stream_tracing import StreamTracer
from tests.patience import PATIENCE_S

from .measured import total, traces
from .test_settings import CONSUMER

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from redis.asyncio import Redis
    from sqlalchemy.ext.asyncio import AsyncEngine

    from sample_services.delivery import Delivery
    from sample_services.settings import QueueSettings

STREAM, GROUP = "numbers", "adders"
COMMANDS = "db.client.operation.duration"


def commands(name: str, **attributes: str) -> float:
    return total(COMMANDS, db__system__name="redis", db__operation__name=name, **attributes)


async def eventually(fine: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not fine():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


async def test_commands_and_pipelines_are_measured_and_reads_that_wait_are_not(redis: Redis) -> None:
    names = ("SET", "GET", "PIPELINE", "XREAD", "INCRBY", "EVALSHA")
    before = {name: commands(name) for name in names}
    await redis.set("k", "text")
    await redis.xread({STREAM: "0"}, block=1)
    await redis.xread({STREAM: "0"})
    async with redis.pipeline() as pipe:
        pipe.get("k")
        pipe.get("k")
        await pipe.execute()
        await pipe.execute()
    failed = commands("INCRBY", error__type="redis.exceptions.ResponseError")
    with pytest.raises(ResponseError):
        await redis.incr("k")
    assert commands("INCRBY", error__type="redis.exceptions.ResponseError") - failed == 1
    # Redis does not know a script at its first call: that is no failure.
    assert await redis.register_script("return 7")() == 7
    after = {name: commands(name) - before[name] for name in names}
    assert after == {"SET": 1, "GET": 0, "PIPELINE": 1, "XREAD": 1, "INCRBY": 1, "EVALSHA": 2}
    assert total(COMMANDS, db__operation__name="EVALSHA", error__type="redis.exceptions.NoScriptError") == 0


async def test_a_full_pool_of_redis_is_counted(redis_url: str) -> None:
    def value(name: str, **attributes: str) -> float:
        return total(f"db.client.connection.{name}", db__client__connection__pool__name="redis", **attributes)

    # A pool of an earlier test counts as long as it exists.
    gc.collect()
    before = {name: value(name) for name in ("max", "pending_requests", "timeouts")}
    client = open_redis(redis_url, connections=1, patience_seconds=1, longest_block_ms=60_000)
    await client.ping()
    idle = value("count", db__client__connection__state="idle")
    holder = asyncio.ensure_future(client.xread({STREAM: "$"}, block=60_000))
    await eventually(lambda: value("count", db__client__connection__state="idle") == idle - 1)
    waiter = asyncio.ensure_future(client.ping())
    await eventually(lambda: value("pending_requests") == before["pending_requests"] + 1)
    with pytest.raises(AllInUseError):
        await waiter
    assert value("timeouts") - before["timeouts"] == 1
    assert value("pending_requests") == before["pending_requests"]
    assert value("max") - before["max"] == 1
    holder.cancel()
    await asyncio.gather(holder, return_exceptions=True)
    await client.aclose()


async def test_a_full_pool_of_the_database_is_counted() -> None:
    def value(name: str, **attributes: str) -> float:
        return total(f"db.client.connection.{name}", db__client__connection__pool__name="small", **attributes)

    engine = create_async_engine(
        "sqlite+aiosqlite:///:memory:",
        poolclass=TracedQueuePool,
        pool_size=1,
        max_overflow=0,
        pool_timeout=1,
        pool_logging_name="small",
    )
    trace_statements(engine)
    async with engine.connect() as connection:
        assert value("count", db__client__connection__state="used") == 1
        waiter = asyncio.create_task(engine.connect().start())
        await eventually(lambda: value("pending_requests") == 1)
        with pytest.raises(NoConnectionError):
            await waiter
        with pytest.raises(OperationalError):
            await connection.execute(text("SELECT 1 FROM nowhere"))
    assert value("pending_requests") == 0
    assert value("timeouts") == 1
    assert value("max") == 1
    assert value("wait_time") == 1, "only one got a connection"
    assert value("count", db__client__connection__state="idle") == 1
    assert total(COMMANDS, db__collection__name="nowhere", error__type="sqlite3.OperationalError") == 1
    await engine.dispose()


async def test_shared_work_is_measured_once_with_the_trace_of_the_first(
    engine: AsyncEngine, redis: Redis
) -> None:
    tracer = trace.get_tracer(__name__)
    messages = [tracer.start_span(f"message {n}") for n in range(3)]
    first = format(messages[0].get_span_context().trace_id, "032x")
    traces(COMMANDS)
    before = total(COMMANDS, db__collection__name="rejections"), commands("DEL")
    with shared_by([trace.set_span_in_context(message) for message in messages]):
        async with engine.connect() as connection:
            await connection.execute(text("SELECT reason FROM rejections"))
        await redis.delete("k")
    found = traces(COMMANDS)
    assert total(COMMANDS, db__collection__name="rejections") - before[0] == 1
    assert commands("DEL") - before[1] == 1
    assert found >= {first}
    assert not found & {format(it.get_span_context().trace_id, "032x") for it in messages[1:]}


async def test_a_request_is_measured_whatever_becomes_of_it() -> None:
    during: list[float] = []

    def active(method: str = "GET") -> float:
        return total("http.server.active_requests", http__request__method=method)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        during.append(active("_OTHER" if scope["path"] == "/odd" else "GET"))
        if scope["path"] == "/raises":
            raise ZeroDivisionError
        status = 503 if scope["path"] == "/503" else 200
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def requests(**attributes: Any) -> float:
        return total("http.server.request.duration", **attributes)

    names: list[dict[str, Any]] = [
        {"error__type": "ZeroDivisionError"},
        {"error__type": "503", "http__response__status_code": 503},
        {"http__request__method": "_OTHER"},
        {"http__request__method": "BREW"},
    ]
    before = [requests(**it) for it in names]
    transport = httpx.ASGITransport(TracingMiddleware(app), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        for path in ("/raises", "/503", "/healthz"):
            await client.get(path)
        await client.request("BREW", "/odd")
    assert [requests(**it) - earlier for it, earlier in zip(names, before, strict=True)] == [1, 1, 1, 0]
    # The health check is not measured.
    assert during == [1, 1, 0, 1]
    assert (active(), active("_OTHER")) == (0, 0)


async def test_entries_are_counted_by_their_outcome(redis: Redis, queue: QueueSettings) -> None:
    async def handler(batch: Sequence[Delivery]) -> None:
        for delivery in batch:
            assert delivery.span
            if delivery.fields["n"] == "bad":
                delivery.fail(ValueError(delivery.id))

    at: dict[str, Any] = {"messaging__destination__name": STREAM, "messaging__consumer__group__name": GROUP}
    counters: list[Callable[[], float]] = [
        lambda: total("messaging.client.consumed.messages", **at),
        lambda: total("messaging.client.consumed.messages", error__type="ValueError", **at),
        lambda: total("messaging.process.duration", **at),
        lambda: total("messaging.redis.queue.wait", **at),
        lambda: total("messaging.redis.redeliveries", **at),
        lambda: total("messaging.redis.dead_letters", reason="failed", **at),
    ]
    before = [count() for count in counters]
    consumer = StreamConsumer(redis, STREAM, GROUP, handler, queue, StreamTracer())
    await consumer.open_group()
    for n in ("good", "bad", "good"):
        await redis.xadd(STREAM, {"n": n})
    await consumer.step()
    while await redis.xlen(STREAM):
        await asyncio.sleep(0.002)
        await consumer.reclaim()
    # The bad one is delivered five times.
    assert [count() - earlier for count, earlier in zip(counters, before, strict=True)] == [7, 5, 7, 7, 4, 1]


async def test_an_outcome_counts_once_however_often_it_is_stored(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(insert(Campaign).values(id="c", name="c", stock=1, issued=0))
    decisions = [
        Decision(CouponRequest("r1", "c", "u1")),
        Decision(CouponRequest("r2", "c", "u2"), SOLD_OUT),
        Decision(CouponRequest("r3", "c", "u3")),  # beyond the stock: the database refuses it
    ]

    def counted() -> tuple[float, float]:
        return total("coupon.issued"), total("coupon.rejected", reason=SOLD_OUT)

    before = counted()
    for _ in range(3):
        await Ledger(engine).store([(Context(), decision) for decision in decisions])
    assert (counted()[0] - before[0], counted()[1] - before[1]) == (1, 2)
    async with engine.connect() as connection:
        assert len((await connection.execute(select(Coupon.request_id))).all()) == 1
    await Stock(engine).look()
    assert (total("coupon.stock"), total("coupon.stock.issued")) == (1, 1)


class Kept(MetricExporter):
    def __init__(self) -> None:
        super().__init__()
        self.pushes: list[Any] = []

    def export(self, metrics_data: Any, *_: Any, **__: Any) -> MetricExportResult:
        self.pushes.append(metrics_data)
        return MetricExportResult.SUCCESS

    def force_flush(self, timeout_millis: float = 0) -> bool:
        return True

    def shutdown(self, timeout_millis: float = 0, **_: Any) -> None:
        pass


def test_the_exemplars_of_a_scrape_are_in_the_next_push() -> None:
    storage, registry, exporter = OneStorage(), CollectorRegistry(), Kept()
    provider = create_meter_provider(None, [storage.reader], (0.1, 1))
    served = PrometheusMetricReader(registry=registry)
    pushed = PeriodicExportingMetricReader(exporter, export_interval_millis=3_600_000)
    storage.serve(served)
    storage.push(pushed)
    durations = provider.get_meter("m").create_histogram("http.server.request.duration", "s")
    tracer = trace.get_tracer(__name__)
    ids = []
    for seconds in (0.01, 0.02, 0.5):
        with tracer.start_as_current_span("request") as span:
            ids.append(span.get_span_context().trace_id)
            durations.record(seconds)
        assert b"http_server_request_duration_seconds_count" in generate_latest(registry)
    for expected in ({ids[1], ids[2]}, set()):
        pushed.collect()
        (metric,) = exporter.pushes[-1].resource_metrics[0].scope_metrics[0].metrics
        (point,) = metric.data.data_points
        assert point.count == 3
        assert point.explicit_bounds == (0.1, 1)
        assert {exemplar.trace_id for exemplar in point.exemplars} == expected
    pushed.shutdown()
    provider.shutdown()


@pytest.mark.parametrize(
    "wrong", ["fast", "0,1", "1,1", "2,1", "1,inf", "-1", "1,,2", ",".join(map(str, range(1, 52)))]
)
def test_edges_that_are_none_are_named(wrong: str) -> None:
    environment = CONSUMER | {"HTTP_PORT": "0", "DATABASE_URL": "sqlite+aiosqlite:////d.db"}
    assert read_api({**environment, "LATENCY_BUCKETS": "0.1, 0.4,2"}).latency_buckets == (0.1, 0.4, 2.0)
    with pytest.raises(SettingsError) as raised:
        read_api({**environment, "LATENCY_BUCKETS": wrong})
    assert str(raised.value) == (
        f"LATENCY_BUCKETS is {wrong!r}: a list of up to 50 ascending numbers of seconds, with commas, is needed"
    )
