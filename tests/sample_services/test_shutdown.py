"""SIGTERM: the batch in hand is finished, spans are sent or counted, and the grace period is enough whatever is down.

`ServiceProcess.terminate` waits 30 s at most: less than the 35 s after which the services are killed.
"""

from __future__ import annotations

import re
import socket
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sample_services.queues import ISSUED, NOTIFIER_GROUP, CouponRequest
from tests.patience import PATIENCE_S

from .answering import AnsweringServer
from .service_processes import ServiceProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from redis.asyncio import Redis

    from sample_services.settings import DatabaseSettings


@pytest.fixture
def environment(redis_url: str, database: DatabaseSettings) -> dict[str, str]:
    """As it is rendered: an export may take 30 s."""
    return {
        "REDIS_URL": redis_url,
        "DATABASE_URL": database.url,
        "HTTP_PORT": "0",
        "HEALTH_PORT": "0",
        "OTEL_BSP_SCHEDULE_DELAY": "500",
        "OTEL_EXPORTER_OTLP_TIMEOUT": "30",
    }


@pytest.fixture(params=["nobody listens", "somebody listens and is silent"])
def dead_collector(request: pytest.FixtureRequest) -> Iterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    if request.param == "nobody listens":
        listener.close()
    yield f"http://127.0.0.1:{port}"
    listener.close()


async def wait_until(done: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not await done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def given_up(service: ServiceProcess) -> int:
    (count,) = re.findall(r"gave up (\d+) spans", service.log.read_text())
    return int(count)


async def test_without_a_collector_all_three_stop_in_time_and_count_what_they_gave_up(
    environment: dict[str, str], redis: Redis, tmp_path: Path, dead_collector: str
) -> None:
    environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = dead_collector
    with ExitStack() as stack:
        api = stack.enter_context(ServiceProcess("coupon_api", environment, tmp_path))
        issuer = stack.enter_context(ServiceProcess("coupon_issuer", environment, tmp_path))
        environment["COUPON_API_URL"] = api.url
        notifier = stack.enter_context(ServiceProcess("coupon_notifier", environment, tmp_path))
        services = [api, issuer, notifier]
        for service in services:
            service.wait_until_ready()
        with httpx.Client(base_url=api.url, trust_env=False) as client:
            campaign = client.post("/campaigns", json={"name": "c", "stock": 50}).json()["id"]
            asked = [
                client.post(f"/campaigns/{campaign}/coupons", json={"user_id": f"u{n}"}).json()["request_id"]
                for n in range(50)
            ]

            async def delivered() -> bool:
                answers = (client.get(f"/coupons/{request}").json()["status"] for request in asked)
                return all(status == "delivered" for status in answers)

            await wait_until(delivered)
        for service in services:
            service.ask_to_stop()
        assert [service.wait() for service in services] == [0, 0, 0]
        # Each request left spans in each service: process, INSERT, UPDATE, COMMIT and send in the issuer.
        assert given_up(issuer) >= 250
        assert given_up(api) >= 150
        assert given_up(notifier) >= 100
        assert not [service for service in services if "Traceback" in service.log.read_text()]


async def fill(redis: Redis, count: int) -> None:
    for n in range(count):
        await redis.xadd(ISSUED, CouponRequest(f"r{n}", "c", f"u{n}").to_fields())  # type: ignore[arg-type]


async def pending(redis: Redis) -> int:
    summary: Any = await redis.xpending(ISSUED, NOTIFIER_GROUP)
    return int(summary["pending"])


async def test_the_batch_in_hand_is_finished_and_no_other_is_begun(
    environment: dict[str, str], redis: Redis, tmp_path: Path
) -> None:
    await fill(redis, 10)
    with AnsweringServer() as api:
        api.gate.clear()
        environment |= {"COUPON_API_URL": api.url, "QUEUE_BATCH_SIZE": "4", "OTEL_SDK_DISABLED": "true"}
        with ServiceProcess("coupon_notifier", environment, tmp_path) as service:

            async def in_hand() -> bool:
                return len(api.bodies) == 4

            await wait_until(in_hand)
            service.ask_to_stop()
            api.gate.set()
            assert service.wait() == 0
    assert len(api.bodies) == 4
    assert await redis.xlen(ISSUED) == 6
    assert await pending(redis) == 0


async def test_a_batch_that_never_ends_is_left_pending(
    environment: dict[str, str], redis: Redis, tmp_path: Path
) -> None:
    """64 calls that are given up after 5 s each, eight at a time: more than a grace period."""
    await fill(redis, 64)
    with AnsweringServer() as api:
        api.gate.clear()
        environment |= {"COUPON_API_URL": api.url, "OTEL_SDK_DISABLED": "true"}
        with ServiceProcess("coupon_notifier", environment, tmp_path) as service:

            async def in_hand() -> bool:
                return len(api.bodies) >= 8

            await wait_until(in_hand)
            assert service.terminate() == 0
            assert "left pending" in service.log.read_text()
    assert await redis.xlen(ISSUED) == 64
    assert await pending(redis) == 64
    # That it was left says nothing about an entry: it does not count as one of its deliveries.
    entries: list[Any] = await redis.xpending_range(ISSUED, NOTIFIER_GROUP, "-", "+", 100)
    assert {entry["times_delivered"] for entry in entries} == {0}
