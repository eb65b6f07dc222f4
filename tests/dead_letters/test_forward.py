"""Requests on their way through, to a fake Jaeger that refuses those with a mark."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from kit.operate.inside.dead_letters.control import Control
from kit.operate.inside.dead_letters.counts import Counts
from kit.operate.inside.dead_letters.entrance import Entrance
from kit.operate.inside.dead_letters.evidence import Evidence
from kit.operate.inside.dead_letters.examine import UndecidedError
from kit.operate.inside.dead_letters.forward import Forwarder
from kit.operate.inside.dead_letters.letterbox import Letterbox
from kit.operate.inside.dead_letters.wire import read
from kit.operate.metrics import Metrics
from tests.dead_letters.fake_jaeger import GARBLED, PERMANENT, STORE, UNKNOWN, FakeJaeger
from tests.dead_letters.requests import of_names

CONTROL = "is the storage there?"

pytestmark = pytest.mark.asyncio


@dataclass
class Site:
    forwarder: Forwarder
    letters: Letterbox
    counts: Counts
    jaeger: FakeJaeger

    async def send(self, *names: str) -> int:
        return (await self.forwarder.take(of_names(*names))).status

    async def until_taken(self, body: bytes, pause: float = 0.2) -> int:
        """Send as the collector does, until it is acknowledged; how often it was sent."""
        for times in range(1, 200):
            if (await self.forwarder.take(body)).status == 200:
                return times
            await asyncio.sleep(pause)
        raise AssertionError("never acknowledged")

    def dead(self) -> list[str]:
        return [one.name for head in self.letters.heads() for one in read(self.letters.data(head.id)).names()]

    def counted(self, name: str) -> int:
        return sum(int(it.value) for it in Metrics.parse(self.counts.text().decode()).all(name))


@asynccontextmanager
async def site(folder: Path, jaeger: FakeJaeger) -> AsyncIterator[Site]:
    letters = Letterbox(folder, 1 << 20)
    counts, evidence = Counts(letters), Evidence()
    async with httpx.AsyncClient(trust_env=False, limits=httpx.Limits(max_connections=None)) as client:
        at_once = Entrance(client, f"{jaeger.url}/at-once", 20)
        control = Control(folder, at_once, evidence)
        queue = Entrance(client, f"{jaeger.url}/queue", 20)
        yield Site(Forwarder(queue, at_once, evidence, control, letters, counts), letters, counts, jaeger)


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Site]:
    with FakeJaeger().serving() as jaeger:
        async with site(folder, jaeger) as made:
            yield made


async def test_what_is_well_is_handed_on_once_as_it_is(tmp_path: Path) -> None:
    async with running(tmp_path) as made:
        assert await made.send("a", "b") == 200
        assert made.jaeger.written == {"a": 1, "b": 1}
        assert [path for path, _ in made.jaeger.requests] == ["/queue"]
        assert made.counted("kit_dead_letters_written_spans") == 2
        assert made.dead() == []


async def test_a_bad_span_is_put_aside_and_its_company_is_written(tmp_path: Path) -> None:
    async with running(tmp_path) as made:
        made.jaeger.refusals[b"POISON"] = PERMANENT
        names = [f"n{i}" for i in range(300)]
        assert await made.send(*names[:150], "POISON-1", *names[150:], "POISON-2") == 200
        assert set(made.jaeger.written) == set(names)
        assert made.dead() == ["POISON-1", "POISON-2"]
        (head,) = made.letters.heads()
        assert (head.reason, head.spans, head.services) == ("invalid UTF-8", 2, ("shop",))
        assert made.counted("kit_dead_letters_accepted_spans") == 302
        assert made.counted("kit_dead_letters_put_aside_spans") == 2
        # Found in a few tries, not one for each span.
        assert len(made.jaeger.requests) < 60


async def test_a_hundred_bad_requests_at_once_hold_up_nobody(tmp_path: Path) -> None:
    """One after the other they would take 500 s: Jaeger takes 5 s for each refusal."""
    async with running(tmp_path) as made:
        made.jaeger.refusals[b"POISON"], made.jaeger.queue_seconds = PERMANENT, 5.0
        async with asyncio.timeout(40):
            bad = [asyncio.create_task(made.send(f"POISON-{n}")) for n in range(100)]
            await asyncio.sleep(0.1)
            assert await made.send("innocent") == 200
            assert set(await asyncio.gather(*bad)) == {200}
        assert set(made.jaeger.written) == {"innocent"}
        assert sorted(made.dead()) == sorted(f"POISON-{n}" for n in range(100))


async def test_what_waits_alone_is_refused_long_before_jaeger_says_so(tmp_path: Path) -> None:
    async with running(tmp_path) as made:
        assert await made.send("before") == 200
        made.jaeger.refusals[b"POISON"], made.jaeger.queue_seconds = PERMANENT, 60.0
        async with asyncio.timeout(30):
            assert await made.send("POISON") == 200
        assert made.dead() == ["POISON"]


async def test_when_the_storage_is_slow_for_all_nothing_is_written_twice(tmp_path: Path) -> None:
    async with running(tmp_path) as made:
        assert await made.send("before") == 200
        made.jaeger.write_seconds, made.jaeger.waits = 2.0, 8.0
        assert await made.send("a", "b") == 200
        assert (made.jaeger.written["a"], made.jaeger.written["b"]) == (1, 1)


async def test_a_slow_start_leaves_no_span_of_its_own(tmp_path: Path) -> None:
    async with running(tmp_path) as made:
        made.jaeger.waits = 8.0
        assert await made.send("first") == 200
        assert list(made.jaeger.written) == ["first"]


async def test_when_requests_wait_for_each_other_nothing_is_written_twice(tmp_path: Path) -> None:
    """The storage is quick, and takes three quarters of a second for each request; one comes each half second."""
    async with running(tmp_path) as made:
        names = [f"n{n}" for n in range(20)]
        going = []
        for name in names:
            made.jaeger.waits += 0.25
            going.append(asyncio.create_task(made.send(name)))
            await asyncio.sleep(0.5)
        assert set(await asyncio.gather(*going)) == {200}
        assert {name: made.jaeger.written[name] for name in names} == dict.fromkeys(names, 1)


async def test_while_nothing_gets_through_nothing_is_put_aside(tmp_path: Path) -> None:
    async with running(tmp_path) as made:
        await made.send("before")
        made.jaeger.down = True
        bodies = [of_names(f"n{n}", f"m{n}") for n in range(10)]
        for _ in range(4):
            answers = [await made.forwarder.take(body) for body in bodies]
            assert {answer.status for answer in answers} == {503}
        made.jaeger.down = False
        assert {(await made.forwarder.take(body)).status for body in bodies} == {200}
        assert made.dead() == []
        assert made.jaeger.written["n3"] == 1


async def test_a_refusal_of_unknown_words_is_decided_by_what_else_is_written(tmp_path: Path) -> None:
    async with running(tmp_path) as made:
        made.jaeger.refusals[b"POISON"] = UNKNOWN
        await made.send("before")
        body = of_names("a", "POISON", "b")
        await made.until_taken(body)
        assert made.dead() == ["POISON"]
        assert made.letters.heads()[0].reason == "refused by itself"
        assert {"a", "b"} <= set(made.jaeger.written)


@pytest.mark.parametrize("text", [UNKNOWN, GARBLED])
async def test_words_that_may_mean_an_outage_while_nothing_is_written(tmp_path: Path, text: str) -> None:
    async with running(tmp_path) as made:
        made.jaeger.refusals[b""] = text
        body = of_names("a")
        for _ in range(5):
            assert (await made.forwarder.take(body)).status == 503
        assert made.dead() == []


async def test_bad_spans_that_are_the_first_that_ever_come(tmp_path: Path) -> None:
    async with running(tmp_path) as made:
        made.jaeger.refusals[b"POISON"] = GARBLED
        assert await made.send("POISON") == 200
        assert made.dead() == ["POISON"]
        assert list(made.jaeger.written) == [CONTROL]


async def test_a_span_that_stops_the_storage_each_time_is_found(tmp_path: Path) -> None:
    """It is refused with the words of an outage, and so is everything else until the storage is back."""
    async with running(tmp_path) as made:
        made.jaeger.kills, made.jaeger.away = b"KILLER", 0.5
        stop = asyncio.Event()

        async def traffic() -> None:
            number = 0
            while not stop.is_set():
                await made.until_taken(of_names(f"innocent-{number}"), 0.1)
                number += 1
                await asyncio.sleep(0.02)

        async with asyncio.timeout(100):
            going = [asyncio.create_task(traffic()) for _ in range(2)]
            await asyncio.sleep(0.3)
            await made.until_taken(of_names("a", "KILLER", "b"), 0.7)
            stop.set()
            await asyncio.gather(*going)
        assert made.dead() == ["KILLER"]
        assert {"a", "b"} <= set(made.jaeger.written)


async def test_the_same_bytes_under_way_are_sent_once(tmp_path: Path) -> None:
    """A collector whose request timed out sends it again: that adds nothing to a slow storage's work."""
    async with running(tmp_path) as made:
        body = of_names("a")
        answers = await asyncio.gather(*(made.forwarder.take(body) for _ in range(5)))
        assert {answer.status for answer in answers} == {200}
        assert made.jaeger.written == {"a": 1}


async def test_a_letter_that_is_replayed(tmp_path: Path) -> None:
    async with running(tmp_path) as made:
        made.jaeger.refusals = {b"POISON": PERMANENT, b"WORSE": PERMANENT}
        await made.send("POISON", "WORSE")
        (head,) = made.letters.heads()
        again = await made.forwarder.replay(head.id)
        assert (again.written, again.kept) == (0, head)
        made.jaeger.down = True
        with pytest.raises(UndecidedError):
            await made.forwarder.replay(head.id)
        made.jaeger.down = False
        del made.jaeger.refusals[b"POISON"]
        again = await made.forwarder.replay(head.id)
        assert again.written == 1
        assert again.kept is not None
        assert made.letters.heads() == [again.kept]
        assert made.dead() == ["WORSE"]
        assert made.jaeger.written.keys() - {CONTROL} == {"POISON"}


async def test_a_batch_that_is_too_large_for_jaegers_queue_is_written_in_pieces(tmp_path: Path) -> None:
    async with running(tmp_path) as made:
        names = [f"n{i}" for i in range(5000)]
        answer = made.jaeger.answer

        def small_queue(path: str, body: bytes) -> tuple[int, str]:
            if path.startswith("/queue") and len(read(body).spans) > 4096:
                return 503, "element size too large"
            return answer(path, body)

        made.jaeger.answer = small_queue  # type: ignore[method-assign]
        assert await made.send(*names) == 200
        assert made.jaeger.written == dict.fromkeys(names, 1)
        # By the entrance with a queue, where many are written at a time.
        assert {path for path, _ in made.jaeger.requests} == {"/queue"}
        assert made.dead() == []


async def test_a_large_request_is_acknowledged_when_all_of_it_is_written(tmp_path: Path) -> None:
    async with running(tmp_path) as made:
        names = [f"n{i}" for i in range(3000)]
        made.jaeger.refusals[b"n2500"] = STORE
        assert await made.send(*names) == 503
        made.jaeger.refusals.clear()
        assert await made.send(*names) == 200
        assert set(made.jaeger.written) - {CONTROL} == set(names)
