"""The whole pipeline in one process: requests in, coupons decided and delivered, and the promises checked."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import uvicorn
from sqlalchemy import insert, text

from sample_services.coupon_api.app import create_app
from sample_services.coupon_issuer.issuing import Issuing
from sample_services.coupon_issuer.ledger import Ledger
from sample_services.coupon_issuer.reservation import Reservations
from sample_services.coupon_notifier.callback import Callback
from sample_services.database import create_schema, open_engine
from sample_services.queues import ISSUED, ISSUER_GROUP, NOTIFIER_GROUP, REQUESTS, CouponRequest
from sample_services.redis_client import open_redis
from sample_services.schema import Campaign
from sample_services.settings import ApiSettings, DatabaseSettings, QueueSettings, read_api
from sample_services.stream_consumer import StreamConsumer
from stream_tracing import StreamTracer

from .sabotage import DoomedCallback, Fate, KilledError, doom_engine, doomed_redis

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

    from redis.asyncio import Redis
    from sqlalchemy.ext.asyncio import AsyncEngine

    from sample_services.fault_names import Fault

QUEUE = QueueSettings(batch_size=3, block_ms=1, reclaim_idle_ms=1, consumer="")


def api_settings(
    redis_url: str, database: DatabaseSettings, faults: frozenset[Fault] = frozenset()
) -> ApiSettings:
    return read_api(
        {
            "HTTP_PORT": "0",
            "REDIS_URL": redis_url,
            "DATABASE_URL": database.url,
            "DATABASE_POOL_SIZE": str(database.pool_size),
            "FAULTS": ",".join(faults),
        }
    )


@contextmanager
def api_server(
    redis_url: str, database: DatabaseSettings, faults: frozenset[Fault] = frozenset()
) -> Iterator[str]:
    """coupon_api on a port of its own, in a thread; its URL."""
    app = create_app(api_settings(redis_url, database, faults))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive()
                time.sleep(0.005)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(20)


@dataclass
class Shop:
    """Consumers over one Redis and one database."""

    redis_url: str
    database: DatabaseSettings
    redis: Redis
    engine: AsyncEngine
    api_url: str = ""

    async def open(self, campaigns: Mapping[str, int], requests: Sequence[CouponRequest]) -> None:
        """Empty everything, then take requests in campaigns of so much stock."""
        await self.redis.flushall()
        async with self.engine.begin() as connection:
            for table in ("deliveries", "coupons", "rejections", "campaigns"):
                await connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608
            for name, stock in campaigns.items():
                await connection.execute(insert(Campaign).values(id=name, name=name, stock=stock, issued=0))
        await self.enqueue(requests)

    async def enqueue(self, requests: Sequence[CouponRequest]) -> None:
        for request in requests:
            await self.redis.xadd(REQUESTS, request.to_fields())  # type: ignore[arg-type]

    async def issue(self, name: str, fate: Fate) -> None:
        """Be an issuer until nothing is left to decide, or killed."""
        redis, engine = doomed_redis(self.redis_url, fate), open_engine(self.database)
        opened = doom_engine(engine, fate)
        tracer = StreamTracer()
        issuing = Issuing(redis, Reservations(redis, engine), Ledger(engine), tracer)
        queue = replace(QUEUE, consumer=name)
        consumer = StreamConsumer(redis, REQUESTS, ISSUER_GROUP, issuing, queue, tracer)
        try:
            await self._consume(consumer, REQUESTS)
        finally:
            await redis.aclose()
            await engine.dispose()
            await opened.close(killed=fate.killed)

    async def notify(self, name: str, fate: Fate) -> None:
        """Be a notifier until nothing is left to deliver, or killed."""
        redis, callback = doomed_redis(self.redis_url, fate), DoomedCallback(self.api_url, fate)
        queue = replace(QUEUE, consumer=name)
        consumer = StreamConsumer(redis, ISSUED, NOTIFIER_GROUP, callback, queue, StreamTracer())
        try:
            await self._consume(consumer, ISSUED)
        finally:
            await redis.aclose()
            await Callback.close(callback)

    async def _consume(self, consumer: StreamConsumer, stream: str) -> None:
        try:
            await consumer.open_group()
            while await self.redis.xlen(stream):
                await consumer.step()
        except KilledError:
            return

    async def left(self) -> dict[str, int]:
        """What is in Redis that should not be when all is done."""
        found = {}
        for stream, group in ((REQUESTS, ISSUER_GROUP), (ISSUED, NOTIFIER_GROUP)):
            found[stream] = await self.redis.xlen(stream)
            found[f"{stream}.dead"] = await self.redis.xlen(f"{stream}.dead")
            if await self.redis.exists(stream):
                groups = await self.redis.xinfo_groups(stream)
                found[group] = sum(it["pending"] for it in groups)
        return {name: count for name, count in found.items() if count}

    async def broken_promises(self, requests: Sequence[CouponRequest]) -> list[str]:
        """What the database says that must never be."""
        async with self.engine.connect() as connection:

            async def rows(sql: str) -> list[tuple[str, ...]]:
                return [tuple(row) for row in await connection.execute(text(sql))]

            coupons = {row[0] for row in await rows("SELECT request_id FROM coupons")}
            rejected = {row[0] for row in await rows("SELECT request_id FROM rejections")}
            broken = [
                f"over-issued: {row}"
                for row in await rows(
                    "SELECT c.id, c.stock, c.issued, count(k.request_id) FROM campaigns c "
                    "LEFT JOIN coupons k ON k.campaign_id = c.id GROUP BY c.id "
                    "HAVING count(k.request_id) > c.stock OR c.issued <> count(k.request_id)"
                )
            ]
            broken += [
                f"two for one user: {row}"
                for row in await rows(
                    "SELECT campaign_id, user_id FROM coupons GROUP BY campaign_id, user_id HAVING count(*) > 1"
                )
            ]
        ids = {request.request_id for request in requests}
        broken += [f"no outcome: {it}" for it in sorted(ids - coupons - rejected)]
        broken += [f"two outcomes: {it}" for it in sorted(coupons & rejected)]
        return broken

    async def undelivered(self) -> list[str]:
        """Coupons without exactly one delivery."""
        async with self.engine.connect() as connection:
            return [
                str(row[0])
                for row in await connection.execute(
                    text(
                        "SELECT c.request_id FROM coupons c LEFT JOIN deliveries d ON d.request_id = c.request_id "
                        "GROUP BY c.request_id HAVING count(d.delivery_id) <> 1"
                    )
                )
            ]

    async def unannounced(self) -> set[str]:
        """Coupons of which no entry tells the notifier."""
        entries: Any = await self.redis.xrange(ISSUED)
        async with self.engine.connect() as connection:
            coupons = (await connection.execute(text("SELECT request_id FROM coupons"))).scalars().all()
        return set(coupons) - {fields["request_id"] for _, fields in entries}

    async def issued(self) -> dict[str, int]:
        """Coupons by campaign."""
        async with self.engine.connect() as connection:
            return {
                row[0]: row[1]
                for row in await connection.execute(
                    text("SELECT campaign_id, count(*) FROM coupons GROUP BY campaign_id")
                )
            }


@asynccontextmanager
async def shop(redis_url: str, database: DatabaseSettings, api_url: str = "") -> AsyncIterator[Shop]:
    redis, engine = open_redis(redis_url), open_engine(database)
    await create_schema(engine)
    try:
        yield Shop(redis_url, database, redis, engine, api_url)
    finally:
        await redis.aclose()
        await engine.dispose()
