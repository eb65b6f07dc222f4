"""A fault of the samples is switched on, and `kit traces` names its cause; without it, it is silent.

What is compared is what a user would compare: the same load before and after, on programs that were started anew.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.native.stack import Stack

pytestmark = [pytest.mark.native, pytest.mark.alone]

REQUESTS = 200
PER_SECOND = 20
LISTED = 100
POLLERS = 4
LISTS = 150
READERS = 10
READING_SECONDS = 12.0
# Spans leave a service within half a second, the collector soon after.
ARRIVED_SECONDS = 4.0
# Every fault costs more than this; less may be the machine's, which others use as well.
MATTERS = ("--min-change", "25ms", "--min-change-percent", "100")

REQUEST = "POST /campaigns/{campaign_id}/coupons"


class Shoppers:
    """The load: each method is one kind of traffic, a few seconds of it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def coupons(self, count: int = REQUESTS, *, pause: float = 1 / PER_SECOND) -> None:
        """Ask for coupons at an even rate; then ask for each outcome until it is delivered."""
        campaign = await self._campaign(count)
        asked = []
        for user in range(count):
            asked.append(asyncio.create_task(self._ask(campaign, f"user-{user}")))
            await asyncio.sleep(pause)
        ids = await asyncio.gather(*asked)
        await asyncio.gather(*(self._poll(ids[first::POLLERS]) for first in range(POLLERS)))

    async def prepare_lists(self) -> None:
        """Make the campaign to list: a burst, which is no part of what is compared."""
        await self.coupons(LISTED, pause=0.005)

    async def lists(self) -> None:
        """List the newest campaign with its coupons, again and again."""
        for _ in range(LISTS):
            (listed,) = (await self._client.get("/campaigns?limit=1")).raise_for_status().json()
            assert len(listed["coupons"]) == LISTED
            # Neighbours are alike: what counts is how long this goes on.
            await asyncio.sleep(0.05)

    async def readers(self) -> None:
        """Read one campaign, many at a time, longer than it stays in the cache."""
        campaign = await self._campaign(1)
        until = time.monotonic() + READING_SECONDS

        async def read(pauses: random.Random) -> None:
            while time.monotonic() < until:
                (await self._client.get(f"/campaigns/{campaign}")).raise_for_status()
                await asyncio.sleep(pauses.uniform(0.02, 0.2))

        await asyncio.gather(*(read(random.Random(reader)) for reader in range(READERS)))  # noqa: S311

    async def _campaign(self, stock: int) -> str:
        answer = await self._client.post("/campaigns", json={"name": "spring", "stock": stock})
        return str(answer.raise_for_status().json()["id"])

    async def _ask(self, campaign: str, user: str) -> str:
        answer = await self._client.post(f"/campaigns/{campaign}/coupons", json={"user_id": user})
        return str(answer.raise_for_status().json()["request_id"])

    async def _poll(self, ids: list[str]) -> None:
        deadline = time.monotonic() + 60
        for request in ids:
            while (await self._client.get(f"/coupons/{request}")).raise_for_status().json()[
                "status"
            ] != "delivered":
                assert time.monotonic() < deadline, f"{request} is not delivered"
                await asyncio.sleep(0.05)
            await asyncio.sleep(0.08)


class Trial:
    """A deployment, and snapshots of what a load did to it."""

    def __init__(self, stack: Stack, patch: pytest.MonkeyPatch) -> None:
        self._stack = stack
        self._patch = patch

    def start(self, faults: str = "") -> None:
        """Start everything anew, with the faults switched on as a user does it."""
        self._stack.kit("down")
        self._patch.setenv("FAULTS", faults)
        self._stack.up()

    def snapshot(self, name: str, *loads: str) -> None:
        """Put a load on the samples and keep its traces."""
        if "lists" in loads:
            asyncio.run(self._load(("prepare_lists",)))
        since = datetime.now(UTC)
        asyncio.run(self._load(loads))
        time.sleep(ARRIVED_SECONDS)
        self.asked(0, "snapshot", name, "--since", since.isoformat(), "--force")

    async def _load(self, loads: tuple[str, ...]) -> None:
        async with httpx.AsyncClient(base_url=self._stack.api, timeout=20, trust_env=False) as client:
            shoppers = Shoppers(client)
            for load in loads:
                await getattr(shoppers, load)()

    def asked(self, exit_code: int, *arguments: str) -> dict[str, Any]:
        """What `kit traces` answers, which must end with this exit code."""
        result = self._stack.kit("traces", *arguments, "--output", "json")
        assert result.returncode == exit_code, result.stderr + result.stdout[:5000]
        answer: dict[str, Any] = json.loads(result.stdout)
        return answer

    def findings(self, name: str, *, exit_code: int) -> list[tuple[str, tuple[str, str]]]:
        """Rule, and service and endpoint, of what lint says of a snapshot, the costliest first."""
        found = self.asked(exit_code, "lint", "--from", name, "--fail-on", "warning")["findings"]
        return [(it["rule"], (it["details"]["service"], it["details"]["endpoint"])) for it in found]

    def slower(self, name: str) -> set[tuple[str, str, str]]:
        """What a comparison with `before` says is slower; it has to find something."""
        report = self.asked(1, "compare", "before", name, *MATTERS)
        assert report["verdict"] == "slower"
        return {
            (it["subject"], it["service"], it["name"])
            for it in report["comparisons"]
            if it["verdict"] == "slower"
        }


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """A deployment with a snapshot `before` of all loads, and a second one that nothing lies between."""
    stack = Stack(tmp_path_factory.mktemp("faults") / "deployment", "native: {storage: memory}")
    with pytest.MonkeyPatch.context() as patch:
        try:
            trial = Trial(stack, patch)
            trial.start()
            # The first requests of a process open its connections.
            trial.snapshot("warm", "lists")
            for name in ("before", "repeat"):
                trial.snapshot(name, "lists", "coupons", "readers")
            yield trial
        finally:
            stack.kit("down", "--volumes")
            for process in stack.processes():
                process.kill()


def test_without_a_fault_nothing_is_found(trial: Trial) -> None:
    for name in ("before", "repeat"):
        assert trial.findings(name, exit_code=0) == []
    report = trial.asked(0, "compare", "before", "repeat", *MATTERS)
    assert (report["verdict"], report["errors"]) == ("no change", "no change")


def test_slow_consumer(trial: Trial) -> None:
    trial.start("slow_consumer")
    trial.snapshot("slow-consumer", "coupons")
    waits = ("--objective", "coupon-issuer:wait_p95<500ms", "--fail-on", "objective")
    trial.asked(0, "queues", "--from", "before", *waits)
    first, *_ = trial.asked(1, "queues", "--from", "slow-consumer", *waits)["queues"]
    assert (first["queue"], first["group"]) == ("coupon.requests", "coupon-issuer")
    assert first["consumers_needed"][0]["consumers"] > first["consumers"]
    path = trial.asked(0, "critical-path", "--operation", REQUEST, "--from", "slow-consumer")
    assert (path["parts"][0]["kind"], path["parts"][0]["operation"]) == ("queue_wait", "coupon.requests")


@pytest.mark.parametrize(
    ("fault", "load", "rule", "where", "slower"),
    [
        (
            "n_plus_one",
            "lists",
            "KIT201",
            ("coupon-api", "GET /campaigns"),
            ("endpoint", "coupon-api", "GET /campaigns"),
        ),
        (
            "pool_too_small",
            "coupons",
            "KIT205",
            ("coupon-api", "GET /coupons/{request_id}"),
            ("endpoint", "coupon-api", "GET /coupons/{request_id}"),
        ),
        (
            "cache_stampede",
            "readers",
            "KIT206",
            ("coupon-api", "GET /campaigns/{campaign_id}"),
            ("endpoint", "coupon-api", "GET /campaigns/{campaign_id}"),
        ),
        (
            "serial_calls",
            "coupons",
            "KIT204",
            ("coupon-notifier", "process coupon.issued"),
            # Ten seconds of a queue's processing are worth too few independent values on a busy machine.
            None,
        ),
    ],
)
def test_a_fault_is_named_first(
    trial: Trial,
    fault: str,
    load: str,
    rule: str,
    where: tuple[str, str],
    slower: tuple[str, str, str] | None,
) -> None:
    name = fault.replace("_", "-")
    trial.start(fault)
    trial.snapshot(name, load)
    found = trial.findings(name, exit_code=1)
    assert found[0][0] == rule, found
    assert {named for named, _ in found} == {rule}, found
    assert (rule, where) in found
    if slower:
        assert slower in trial.slower(name)
