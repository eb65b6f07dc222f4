"""The real services under more requests at once than they were built for: each is taken or asked to come back."""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import httpx
import pytest

from sample_services.queues import CouponRequest

from .crowd import User, rush
from .service_processes import ServiceProcess
from .shop import shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sample_services.settings import DatabaseSettings

    from .shop import Shop

SETTLED_SECONDS = 300


@pytest.fixture(scope="module", autouse=True)
def _files() -> Iterator[None]:
    """A connection of each user is a file at either end."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 8192)), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def port(environment: dict[str, str], tmp_path: Path) -> Iterator[int]:
    """The three services; the port of coupon_api."""
    environment["OTEL_SDK_DISABLED"] = "true"
    with ExitStack() as stack:
        api = stack.enter_context(ServiceProcess("coupon_api", environment, tmp_path))
        environment["COUPON_API_URL"] = api.url
        for name in ("coupon_issuer", "coupon_notifier"):
            stack.enter_context(ServiceProcess(name, environment, tmp_path)).wait_until_ready()
        api.wait_until_ready()
        yield int(api.url.rpartition(":")[2])


async def settled(it: Shop, taken: list[CouponRequest]) -> None:
    deadline = time.monotonic() + SETTLED_SECONDS
    while await it.left() or await it.broken_promises(taken) or await it.undelivered():
        assert time.monotonic() < deadline, (await it.left(), (await it.broken_promises(taken))[:5])
        await asyncio.sleep(0.5)


async def new_campaign(port: int, stock: int) -> str:
    user = User(port)
    answer = await user.ask("POST", "/campaigns", {"name": "rush", "stock": stock})
    user.leave()
    return str(answer.body["id"])


@pytest.mark.parametrize("at_once", [50, 150, 500, 2000])
async def test_requests_at_once_are_taken_or_come_back_later(
    port: int, redis_url: str, database: DatabaseSettings, at_once: int
) -> None:
    campaign = await new_campaign(port, at_once // 2)
    found = await rush(port, campaign, at_once=at_once, requests=at_once)
    assert set(found.statuses) <= {202, 429}
    assert not found.unexplained
    assert found.statuses[202] == len(set(found.taken)) == at_once
    async with shop(redis_url, database) as it:
        await settled(it, [CouponRequest(request, campaign, "u") for request in found.taken])
        assert await it.issued() == {campaign: at_once // 2}


async def test_two_thousand_users_who_wait_for_their_outcomes(
    port: int, redis_url: str, database: DatabaseSettings
) -> None:
    """They look at the campaign, ask, and ask what became of it, as often as the API takes it."""
    users, stock = 2000, 1500
    campaign = await new_campaign(port, stock)
    outcomes: list[str] = []
    statuses: set[int] = set()

    async def until_taken(user: User, method: str, path: str, body: object = None) -> dict[str, str]:
        deadline = time.monotonic() + SETTLED_SECONDS
        while True:
            answer = await user.ask(method, path, body)
            statuses.add(answer.status)
            if answer.status != 429:
                found: dict[str, str] = answer.body
                return found
            assert time.monotonic() < deadline
            await asyncio.sleep(int(answer.headers["retry-after"]))

    async def one(number: int) -> None:
        user = User(port)
        await until_taken(user, "GET", f"/campaigns/{campaign}")
        asked = await until_taken(user, "POST", f"/campaigns/{campaign}/coupons", {"user_id": f"u{number}"})
        deadline = time.monotonic() + SETTLED_SECONDS
        while True:
            outcome = await until_taken(user, "GET", f"/coupons/{asked['request_id']}")
            if outcome["status"] in {"delivered", "rejected"}:
                break
            assert time.monotonic() < deadline
            await asyncio.sleep(2)
        outcomes.append(outcome["reason"] or outcome["status"])
        user.leave()

    await asyncio.gather(*(one(number) for number in range(users)))
    assert statuses <= {200, 202, 429}
    assert (outcomes.count("delivered"), outcomes.count("sold_out")) == (stock, users - stock)
    async with shop(redis_url, database) as it:
        await settled(it, [])


async def test_metrics_and_health_are_answered_in_the_middle_of_it(port: int) -> None:
    campaign = await new_campaign(port, 10)
    load = asyncio.create_task(rush(port, campaign, at_once=500, requests=1500))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=120) as client:
        while not load.done():
            for path in ("/healthz", "/readyz", "/metrics"):
                assert (await client.get(path)).status_code == 200
            await asyncio.sleep(0.1)
    assert set((await load).statuses) <= {202, 429}
