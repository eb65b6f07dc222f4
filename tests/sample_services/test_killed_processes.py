"""kill -9 of each real service in the middle of a load, and of Redis with all that it had: what was promised holds."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import httpx
import pytest

from sample_services.queues import CouponRequest
from tests.patience import ANSWER_S, PATIENCE_S

from .redis_server import RedisServer
from .service_processes import ServiceProcess
from .shop import Shop, shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sample_services.settings import DatabaseSettings

USERS, STOCK = 150, 100


class Services:
    """The three, each of which can be killed and started again."""

    def __init__(self, environment: dict[str, str], folder: Path, stack: ExitStack) -> None:
        self._environment, self._folder, self._stack = environment, folder, stack
        self.running: dict[str, ServiceProcess] = {}
        self.start("coupon_api")
        self.api_url = self.running["coupon_api"].url
        # It comes back where it was.
        environment["HTTP_PORT"] = self.api_url.rpartition(":")[2]
        environment["COUPON_API_URL"] = self.api_url
        self.start("coupon_issuer")
        self.start("coupon_notifier")

    def start(self, name: str) -> None:
        service = self._stack.enter_context(ServiceProcess(name, self._environment, self._folder))
        self.running[name] = service
        service.wait_until_ready()

    def kill(self, name: str) -> None:
        self.running[name].kill()


@pytest.fixture
def redis_of_its_own(redis_server_path: Path, tmp_path: Path) -> Iterator[RedisServer]:
    with RedisServer(redis_server_path, tmp_path) as server:
        yield server


@pytest.fixture
def services(redis_of_its_own: RedisServer, database: DatabaseSettings, tmp_path: Path) -> Iterator[Services]:
    environment = {
        "REDIS_URL": redis_of_its_own.url,
        "DATABASE_URL": database.url,
        "HTTP_PORT": "0",
        "HEALTH_PORT": "0",
        "QUEUE_BLOCK": "50",
        "QUEUE_BATCH_SIZE": "5",
        "QUEUE_RECLAIM_IDLE": "200",
        "OTEL_SDK_DISABLED": "true",
    }
    with ExitStack() as stack:
        yield Services(environment, tmp_path, stack)


def new_campaign(client: httpx.Client) -> str:
    return str(client.post("/campaigns", json={"name": "c", "stock": STOCK}).json()["id"])


def ask(client: httpx.Client, request: CouponRequest) -> bool:
    try:
        answer = client.post(
            f"/campaigns/{request.campaign_id}/coupons",
            json={"user_id": request.user_id},
            headers={"Idempotency-Key": request.request_id},
        )
    except httpx.HTTPError:
        return False
    return answer.status_code == 202


def ask_all(client: httpx.Client, requests: list[CouponRequest]) -> None:
    """As a client does that wants an answer: again, under the same key, until there is one."""
    deadline = time.monotonic() + PATIENCE_S
    for request in requests:
        while not ask(client, request):
            assert time.monotonic() < deadline
            time.sleep(0.02)


async def wait_until_idle(it: Shop, requests: list[CouponRequest]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while await it.left() or await it.broken_promises(requests) or await it.undelivered():
        assert time.monotonic() < deadline, (await it.left(), await it.broken_promises(requests))
        time.sleep(0.05)


@pytest.mark.parametrize("victim", ["coupon_api", "coupon_issuer", "coupon_notifier"])
async def test_a_service_killed_under_load_loses_and_doubles_nothing(
    services: Services, redis_of_its_own: RedisServer, database: DatabaseSettings, victim: str
) -> None:
    with httpx.Client(base_url=services.api_url, trust_env=False) as client:
        campaign = new_campaign(client)
        requests = [CouponRequest(f"r{n}", campaign, f"u{n}") for n in range(USERS)]
        for third in range(3):
            part = requests[third * USERS // 3 : (third + 1) * USERS // 3]
            for request in part:
                ask(client, request)
            services.kill(victim)
            services.start(victim)
            ask_all(client, part)
    async with shop(redis_of_its_own.url, database, services.api_url) as it:
        await wait_until_idle(it, requests)
        assert await it.issued() == {campaign: STOCK}


async def test_a_redis_that_comes_back_empty_over_issues_nothing(
    services: Services, redis_of_its_own: RedisServer, database: DatabaseSettings
) -> None:
    """What was accepted and not yet decided is lost with it; who asks again gets one outcome, and not two coupons."""
    with httpx.Client(base_url=services.api_url, trust_env=False, timeout=ANSWER_S) as client:
        campaign = new_campaign(client)
        requests = [CouponRequest(f"r{n}", campaign, f"u{n}") for n in range(USERS)]
        for request in requests:
            ask(client, request)
        redis_of_its_own.kill()
        redis_of_its_own.start()
        again = [*reversed(requests), *(CouponRequest(f"s{n}", campaign, f"u{n}") for n in range(USERS))]
        ask_all(client, again)
        async with shop(redis_of_its_own.url, database, services.api_url) as it:
            deadline = time.monotonic() + PATIENCE_S
            while await it.left() or await it.broken_promises(again):
                assert time.monotonic() < deadline, (await it.left(), await it.broken_promises(again))
                time.sleep(0.05)
            assert await it.issued() == {campaign: STOCK}


async def test_coupons_whose_announcements_are_lost_with_redis_file_are_delivered_once(
    redis_server_path: Path, environment: dict[str, str], database: DatabaseSettings, tmp_path: Path
) -> None:
    """Its file is cut under load, then emptied: what was issued is announced again, and nothing twice."""
    with ExitStack() as stack:
        redis = stack.enter_context(RedisServer(redis_server_path, tmp_path, on_disk=True))
        environment |= {"REDIS_URL": redis.url, "OTEL_SDK_DISABLED": "true", "QUEUE_RECLAIM_IDLE": "200"}
        services = Services(environment, tmp_path, stack)
        with httpx.Client(base_url=services.api_url, trust_env=False, timeout=ANSWER_S) as client:
            campaign = new_campaign(client)
            requests = [CouponRequest(f"r{n}", campaign, f"u{n}") for n in range(USERS)]
            for part, left in ((requests[:75], 0.5), (requests[75:], 0.0)):
                services.kill("coupon_notifier")  # so that announcements wait
                ask_all(client, part)
                async with shop(redis.url, database) as it:
                    deadline = time.monotonic() + PATIENCE_S
                    while await it.broken_promises(part):
                        assert time.monotonic() < deadline
                        time.sleep(0.05)
                redis.kill()
                with redis.file.open("r+b") as file:
                    file.truncate(int(redis.file.stat().st_size * left))
                redis.start()
                services.start("coupon_notifier")
        async with shop(redis.url, database, services.api_url) as it:
            deadline = time.monotonic() + PATIENCE_S
            while await it.left() or await it.undelivered():
                assert time.monotonic() < deadline, (await it.left(), len(await it.undelivered()))
                time.sleep(0.5)
            assert await it.issued() == {campaign: STOCK}
            assert await it.broken_promises(requests) == []
