"""Messages per second through the issuer, consumed in batches or one by one.

A message is done when its coupon is committed to SQL, published to the next stream and acknowledged. The stream of
requests is filled first; the time is from the first removed entry to the last. The same service runs with tracing on
and QUEUE_BATCH_SIZE=100 or 1 in turns, with SQLite, a real collector, and a real Redis with its append-only file.
Run: python -m bench.queue
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import redis
from sqlalchemy import insert

from bench.paired import in_turns, ratio
from bench.processes import Processes
from bench.result import Arguments, Ledger, Measured, figure
from bench.servers import start_redis, start_sink
from sample_services.database import create_schema, open_engine
from sample_services.queues import ISSUED, REQUESTS
from sample_services.schema import Campaign
from sample_services.settings import DatabaseSettings

_CAMPAIGN = "bench"
_GIVE_UP_SECONDS = 120


def main() -> None:
    parser = Arguments(__doc__)
    parser.size("--pairs", 10, 1, "number of blocks of each kind")
    parser.size("--messages", 2000, 600, "messages in a block of batches (one by one: a quarter)")
    parser.run("queue", measure)


def measure(asked: argparse.Namespace) -> Measured:
    with tempfile.TemporaryDirectory(prefix="kit-bench-") as name, Processes(Path(name)) as processes:
        folder = Path(name)
        collector = start_sink(processes, folder)
        redis_url = f"redis://127.0.0.1:{start_redis(processes, folder, '--appendonly', 'yes')}/0"
        environment = {"REDIS_URL": redis_url, "OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint}
        with redis.Redis.from_url(redis_url) as client:
            batched, single = in_turns(
                asked.pairs,
                lambda: _block(folder, client, environment, batch=100, messages=asked.messages),
                lambda: _block(folder, client, environment, batch=1, messages=asked.messages // 4),
            )
    arms = {"batches of 100": (batched, asked.messages), "one by one": (single, asked.messages // 4)}
    measured = Measured(ratios={"messages/s, batches of 100 : one by one": ratio(batched, single)})
    for arm, (rates, messages) in arms.items():
        measured.figures[f"messages/s, {arm}"] = figure(rates)
        # Each block has checked that all of its messages were published.
        measured.ledgers[arm] = Ledger(messages * len(rates), messages * len(rates), 0, 0)
    return measured


def _block(folder: Path, client: Any, more: Mapping[str, str], *, batch: int, messages: int) -> float:
    """Run the service once. Return its messages per second; each must be published exactly once."""
    database = folder / f"{time.time_ns()}.db"
    url = f"sqlite+aiosqlite:///{database}"
    client.flushall()
    asyncio.run(_make_campaign(url))
    _fill(client, messages)
    environment = {
        **os.environ,
        **more,
        "DATABASE_URL": url,
        "HEALTH_PORT": "0",
        "QUEUE_BATCH_SIZE": str(batch),
        "OTEL_SERVICE_NAME": "coupon-issuer",
        "OTEL_BSP_SCHEDULE_DELAY": "500",
        "OTEL_BSP_MAX_QUEUE_SIZE": "100000",
        "OTEL_PYTHON_SDK_INTERNAL_METRICS_ENABLED": "true",
    }
    command = [sys.executable, "-m", "sample_services.coupon_issuer"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as service:
        try:
            rate = _drained(client, messages)
        finally:
            service.terminate()
            service.wait(60)
    published = client.xlen(ISSUED)
    if published != messages:
        raise SystemExit(f"{published} messages were published instead of {messages}: the result is invalid")
    return rate


def _drained(client: Any, messages: int) -> float:
    deadline = time.monotonic() + _GIVE_UP_SECONDS
    while (left := client.xlen(REQUESTS)) == messages:
        _wait(deadline)
    began, first = time.perf_counter(), left
    while client.xlen(REQUESTS):
        _wait(deadline)
    return float(first / (time.perf_counter() - began))


def _wait(deadline: float) -> None:
    if time.monotonic() > deadline:
        raise SystemExit(f"the stream is not empty after {_GIVE_UP_SECONDS} s")
    time.sleep(0.002)


def _fill(client: Any, messages: int) -> None:
    pipe = client.pipeline(transaction=False)
    for number in range(messages):
        context = f"00-{number + 1:032x}-{number + 1:016x}-01"
        entry = {
            "request_id": f"r{number}",
            "campaign_id": _CAMPAIGN,
            "user_id": f"u{number}",
            "traceparent": context,
        }
        pipe.xadd(REQUESTS, entry)
    pipe.execute()


async def _make_campaign(url: str) -> None:
    engine = open_engine(DatabaseSettings(url, 5))
    await create_schema(engine)
    async with engine.begin() as connection:
        await connection.execute(insert(Campaign).values(id=_CAMPAIGN, name=_CAMPAIGN, stock=10**6, issued=0))
    await engine.dispose()


if __name__ == "__main__":
    main()
