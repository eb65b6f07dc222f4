"""Whether a request waits alone: with a clock of its own, and a storage that is quick or slow."""

from __future__ import annotations

import pytest

from kit.operate.inside.dead_letters.pace import Pace

pytestmark = pytest.mark.asyncio


class Storage:
    """Written to around the queue: it takes `seconds` on its own clock."""

    def __init__(self) -> None:
        self.now, self.seconds, self.writes, self.looks = 100.0, 0.01, True, 0

    async def is_written(self) -> bool:
        self.now += self.seconds
        self.looks += 1
        return self.writes

    def clock(self) -> float:
        return self.now

    async def looked_at(self, pace: Pace, began: float, seconds: int) -> bool:
        """Look once a second for so long."""
        alone = False
        for _ in range(seconds):
            self.now += 1
            alone = alone or await pace.waits_alone(began)
        return alone


@pytest.fixture
def storage() -> Storage:
    return Storage()


@pytest.fixture
def pace(storage: Storage) -> Pace:
    return Pace(storage.is_written, storage.clock)


async def test_the_only_request_while_the_storage_is_quick(storage: Storage, pace: Pace) -> None:
    assert not await storage.looked_at(pace, storage.now, 3)
    assert await storage.looked_at(pace, storage.now - 3, 5)


async def test_a_slow_storage(storage: Storage, pace: Pace) -> None:
    storage.seconds = 2.0
    assert not await storage.looked_at(pace, storage.now, 100)


async def test_a_storage_that_takes_nothing(storage: Storage, pace: Pace) -> None:
    storage.writes = False
    assert not await storage.looked_at(pace, storage.now, 100)


async def test_a_queue_in_which_others_are_written_in_turn(storage: Storage, pace: Pace) -> None:
    """Each took as long as this one: so long is the queue."""
    began = storage.now
    for n in range(40):
        assert not await storage.looked_at(pace, began, 1)
        pace.passed(began - 40 + n)
    assert storage.looks == 0


async def test_later_ones_that_are_written_before_it(storage: Storage, pace: Pace) -> None:
    began = storage.now
    storage.now += 0.5
    pace.passed(storage.now - 0.1)
    assert not await pace.waits_alone(began)
    storage.now += 2
    assert await pace.waits_alone(began)


async def test_later_ones_that_are_smaller(storage: Storage, pace: Pace) -> None:
    began = storage.now
    storage.now += 4
    pace.passed(storage.now - 1)
    storage.now += 1
    assert not await pace.waits_alone(began)


async def test_a_storage_that_comes_back(storage: Storage, pace: Pace) -> None:
    """What waited for a minute is written one after the other, and none of it is suspicious."""
    began = storage.now
    storage.writes = False
    assert not await storage.looked_at(pace, began, 60)
    storage.writes = True
    for n in range(60):
        assert not await storage.looked_at(pace, began + 60, 2)
        pace.passed(began + n)


async def test_many_that_wait_share_the_looks(storage: Storage, pace: Pace) -> None:
    began = storage.now
    storage.now += 10
    for _ in range(64):
        await pace.waits_alone(began)
    assert storage.looks == 1
