"""The load for the faults: what shops and shoppers do, so that few seconds of it are worth many independent values.

Requests that all take the same, one after the other, follow the machine's moods and are worth few. So each kind of
traffic has chance in it, the same at every run: bursts of different sizes, lists of different lengths, pauses.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence

import httpx

# Together 80 coupons, two to six at once, in a time of which a slow consumer needs two thirds: a queue that only grows
# would be one value, a queue that drains before the next burst is as many as there are bursts.
_BURSTS = (2, 3, 4, 5, 6) * 4
_SECONDS_EACH = 0.13
# Fewer at once than there are connections to the database.
_LOOKS = (1, 2, 3, 4)
_SECONDS_A_LOOK = 0.06
_LISTED, _LISTED_COUPONS = 5, 80
# In between the values of a cache that stampedes expire: each crowd finds them gone.
_CROWDS, _LATE, _SECONDS_BETWEEN_CROWDS = (5, 6, 7, 8, 9) * 3, 3, 0.55
_DELIVERED_SECONDS = 300.0


class Shoppers:
    """The load on one API; each public method is one kind of traffic."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._chance = random.Random(1)  # noqa: S311  # the same at each run

    async def coupons(self) -> None:
        """Ask for coupons in bursts, while users look what became of theirs; ends when all are delivered."""
        campaign, waiting = await self._campaign(sum(_BURSTS)), list[str]()
        looking = asyncio.create_task(self._look_around(waiting))
        for size in self._chance.sample(_BURSTS, len(_BURSTS)):
            waiting += await self._ask(campaign, size)
            await asyncio.sleep(size * _SECONDS_EACH)
        assert looking.cancel(), looking.exception()
        await self._delivered(waiting)

    async def warm_up(self) -> None:
        """What opens the connections of new processes."""
        campaign = await self._campaign(max(_BURSTS))
        (await self._client.get(f"/campaigns/{campaign}")).raise_for_status()
        await self._delivered(await self._ask(campaign, max(_BURSTS)))

    async def prepare_lists(self) -> None:
        """Make the campaigns to list."""
        campaigns = [await self._campaign(_LISTED_COUPONS) for _ in range(_LISTED)]
        asked = [request for it in campaigns for request in await self._ask(it, _LISTED_COUPONS)]
        await self._delivered(asked, (20,))

    async def browsing(self) -> None:
        """Read one campaign, at first from no cache, many at once and some just after them; lists lie between."""
        campaign = await self._campaign(1)

        async def read() -> None:
            (await self._client.get(f"/campaigns/{campaign}")).raise_for_status()

        for size in self._chance.sample(_CROWDS, len(_CROWDS)):
            await asyncio.gather(*(read() for _ in range(size)))
            for _ in range(_LATE):
                await read()
            await asyncio.gather(self._list(), asyncio.sleep(_SECONDS_BETWEEN_CROWDS))

    async def _list(self) -> None:
        """List the newest campaigns but one with their coupons: one of them to all, in any order."""
        for count in self._chance.sample(range(1, _LISTED + 1), _LISTED):
            listed = (await self._client.get(f"/campaigns?limit={count + 1}")).raise_for_status().json()
            assert [len(it["coupons"]) for it in listed[1:]] == [_LISTED_COUPONS] * count
            await asyncio.sleep(0.07)

    async def _campaign(self, stock: int) -> str:
        answer = await self._client.post("/campaigns", json={"name": "spring", "stock": stock})
        return str(answer.raise_for_status().json()["id"])

    async def _ask(self, campaign: str, count: int) -> list[str]:
        """Ask for coupons at once, each for another user."""

        async def ask() -> str:
            body = {"user_id": f"user-{self._chance.getrandbits(48):x}"}
            answer = await self._client.post(f"/campaigns/{campaign}/coupons", json=body)
            return str(answer.raise_for_status().json()["request_id"])

        return await asyncio.gather(*(ask() for _ in range(count)))

    async def _look_around(self, waiting: list[str]) -> None:
        """Look what became of requests, without end; those that are delivered are taken off the list."""
        seen = list[str]()
        while True:
            count = self._chance.choice(_LOOKS)
            for request in await self._look([*waiting, *seen][:count]):
                if request in waiting:
                    waiting.remove(request)
                    seen.append(request)
            await asyncio.sleep(count * _SECONDS_A_LOOK)

    async def _delivered(self, waiting: list[str], at_once: Sequence[int] = _LOOKS) -> None:
        deadline = time.monotonic() + _DELIVERED_SECONDS
        while waiting:
            assert time.monotonic() < deadline, f"{waiting} are not delivered"
            delivered = await self._look(waiting[: self._chance.choice(at_once)])
            waiting = [request for request in waiting if request not in delivered]
            await asyncio.sleep(0.02)

    async def _look(self, asked: list[str]) -> list[str]:
        """Look what became of some requests at once; answers those that are delivered."""

        async def look(request: str) -> str:
            return str((await self._client.get(f"/coupons/{request}")).raise_for_status().json()["status"])

        found = await asyncio.gather(*map(look, asked))
        return [request for request, status in zip(asked, found, strict=True) if status == "delivered"]
