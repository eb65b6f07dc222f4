"""Killed at every step, alone and among others, with Redis kept or lost: what was promised still holds."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sample_services.queues import CouponRequest

from .sabotage import Fate, watched
from .shop import Shop, api_server, shop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from sample_services.settings import DatabaseSettings

CAMPAIGNS = {"c": 3, "d": 1}
REQUESTS = [
    *(CouponRequest(f"c{n}", "c", f"u{n}") for n in range(4)),
    CouponRequest("again", "c", "u0"),
    *(CouponRequest(f"d{n}", "d", f"u{n}") for n in range(2)),
    CouponRequest("nowhere", "x", "u0"),
]


@pytest.fixture(autouse=True)
def _steps(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    gc.freeze()  # each death is followed by a collection, of what is new alone
    with watched(monkeypatch):
        yield
    gc.unfreeze()


@pytest.fixture
async def coupons(redis_url: str, database: DatabaseSettings) -> AsyncIterator[Shop]:
    async with shop(redis_url, database) as opened:
        yield opened


@pytest.fixture
async def delivering(redis_url: str, database: DatabaseSettings) -> AsyncIterator[Shop]:
    with api_server(redis_url, database) as url:
        async with shop(redis_url, database, url) as opened:
            yield opened


async def settled(it: Shop) -> None:
    """Nothing is left, all have what they should."""
    assert await it.broken_promises(REQUESTS) == []
    assert await it.issued() == CAMPAIGNS
    if it.api_url:
        assert await it.undelivered() == []
        assert await it.left() == {}
    else:
        assert await it.unannounced() == set()
        assert set(await it.left()) == {"coupon.issued"}


async def test_an_issuer_killed_at_any_step_is_repaired_by_the_next(coupons: Shop) -> None:
    step, fate = 0, Fate(0)
    while fate.killed or not step:
        await coupons.open(CAMPAIGNS, REQUESTS)
        fate = Fate(step)
        await coupons.issue("victim", fate)
        await asyncio.sleep(0.002)
        await coupons.issue("next", Fate())
        await settled(coupons)
        step += 1
    # Reading, deciding, loading, storing, committing, publishing and acknowledging, before and after each.
    assert {"before commit", "after commit", "before pipeline", "after pipeline"} <= set(fate.trail)
    assert {"before command XREADGROUP", "after command EVALSHA"} <= set(fate.trail)
    assert step > 50


async def test_an_issuer_killed_at_any_step_among_others_that_are_as_busy(coupons: Shop) -> None:
    step, fate = 0, Fate(0)
    while fate.killed or step < 60:
        await coupons.open(CAMPAIGNS, REQUESTS)
        fate = Fate(step)
        await asyncio.gather(
            coupons.issue("victim", fate), coupons.issue("b", Fate()), coupons.issue("c", Fate())
        )
        await settled(coupons)
        step += 1


async def test_redis_lost_after_any_step_of_an_issuer_over_issues_nothing(coupons: Shop) -> None:
    """All users ask again, under the same ids; others ask for the first time."""
    late = [CouponRequest(f"late{n}", "c", f"u{n}") for n in range(2, 6)]
    step, fate = 0, Fate(0)
    while fate.killed or not step:
        await coupons.open(CAMPAIGNS, REQUESTS)
        fate = Fate(step)
        await coupons.issue("victim", fate)
        await coupons.redis.flushall()
        await coupons.enqueue([*late, *reversed(REQUESTS)])
        await coupons.issue("next", Fate())
        assert await coupons.broken_promises([*REQUESTS, *late]) == []
        assert await coupons.issued() == CAMPAIGNS
        step += 1


async def test_a_notifier_killed_at_any_step_delivers_once(delivering: Shop) -> None:
    step, fate = 0, Fate(0)
    while fate.killed or not step:
        await delivering.open(CAMPAIGNS, REQUESTS)
        await delivering.issue("issuer", Fate())
        fate = Fate(step)
        await delivering.notify("victim", fate)
        await asyncio.sleep(0.002)
        await delivering.notify("next", Fate())
        await settled(delivering)
        step += 1
    assert {"before call", "after call", "before pipeline", "after pipeline"} <= set(fate.trail)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    issuers=st.lists(st.integers(0, 70), max_size=4),
    notifiers=st.lists(st.integers(0, 30), max_size=4),
)
def test_many_killed_at_once_in_both_services(
    redis_server: str, database: DatabaseSettings, api: str, issuers: list[int], notifiers: list[int]
) -> None:
    async def scenario() -> None:
        async with shop(redis_server, database, api) as it:
            await it.open(CAMPAIGNS, REQUESTS)
            await asyncio.gather(
                *(it.issue(f"i{n}", Fate(step)) for n, step in enumerate(issuers)),
                *(it.notify(f"n{n}", Fate(step)) for n, step in enumerate(notifiers)),
                it.issue("survivor", Fate()),
            )
            await it.notify("survivor", Fate())
            await settled(it)

    asyncio.run(scenario())


@pytest.fixture
def api(redis_server: str, database: DatabaseSettings) -> Iterator[str]:
    with api_server(redis_server, database) as url:
        yield url
