from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from opentelemetry import metrics, trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from sample_services.database import create_schema, open_engine
from sample_services.redis_client import open_redis
from sample_services.settings import DatabaseSettings, QueueSettings
from sample_services.telemetry.meters import create_meter_provider

from . import measured
from .redis_server import RedisServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from redis.asyncio import Redis
    from sqlalchemy.ext.asyncio import AsyncEngine

_exporter = InMemorySpanExporter()


@pytest.fixture(scope="session", autouse=True)
def _tracing() -> None:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(_exporter))
    trace.set_tracer_provider(provider)
    metrics.set_meter_provider(create_meter_provider(None, [measured.reader]))


@pytest.fixture
def spans() -> InMemorySpanExporter:
    _exporter.clear()
    return _exporter


@pytest.fixture(scope="session")
def redis_server(redis_server_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis server of this test session; its URL."""
    with RedisServer(redis_server_path, tmp_path_factory.mktemp("redis")) as server:
        yield server.url


@pytest.fixture
async def redis(redis_server: str) -> AsyncIterator[Redis]:
    """A client of an empty Redis."""
    client = open_redis(redis_server, longest_block_ms=1000)
    await client.flushall()
    yield client
    await client.aclose()


@pytest.fixture
def redis_url(redis: Redis, redis_server: str) -> str:
    """URL of an empty Redis."""
    return redis_server


@pytest.fixture
def database(tmp_path: Path) -> DatabaseSettings:
    return DatabaseSettings(f"sqlite+aiosqlite:///{tmp_path}/coupons.db", 5)


@pytest.fixture
async def engine(database: DatabaseSettings) -> AsyncIterator[AsyncEngine]:
    """An engine on a database with empty tables."""
    engine = open_engine(database)
    await create_schema(engine)
    yield engine
    await engine.dispose()


@pytest.fixture
def queue() -> QueueSettings:
    return QueueSettings(batch_size=100, block_ms=20, reclaim_idle_ms=1, consumer="tester")


@pytest.fixture
def environment(redis_url: str, database: DatabaseSettings) -> dict[str, str]:
    """Variables that all three services have, with ports of their own choice."""
    return {
        "REDIS_URL": redis_url,
        "DATABASE_URL": database.url,
        "HTTP_PORT": "0",
        "HEALTH_PORT": "0",
        "QUEUE_BLOCK": "50",
        "OTEL_BSP_SCHEDULE_DELAY": "50",
        "OTEL_PYTHON_SDK_INTERNAL_METRICS_ENABLED": "true",
        "OTEL_SEMCONV_STABILITY_OPT_IN": "http,database",
        "OTEL_EXPORTER_OTLP_TIMEOUT": "2",
    }
