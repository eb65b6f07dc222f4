"""Whether spans that wait move on: what stands still is told from what is slow, full or busy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import cast

import pytest

from generator.pipeline import pipeline
from kit.operate.runtime import Runtime
from kit.operate.verify import run
from kit.operate.verify.counters import Counters, Passed
from kit.operate.verify.watch import Standing, Watch

HOPS = pipeline([("services", "api"), ("collector", "collector"), ("jaeger", "jaeger")])
PIDS = {"api": 1, "collector": 2, "jaeger": 3}

Look = Mapping[str, Passed | None]


def api(made: int, waiting: int = 0) -> Look:
    return {"api": Passed(made, made - waiting, waiting)}


def collector(came: int, waiting: int) -> Look:
    return {"collector": Passed(came, came - waiting, waiting)}


def jaeger(written: int, waiting: int = 0, refused: int = 0) -> Look:
    return {"jaeger": Passed(written, written, waiting, {}, {"refused": refused, "turned away": refused})}


def watch(looks: Sequence[Look], pids: Sequence[Mapping[str, int]] = ()) -> Watch:
    """Looks that are two seconds apart; a component that a look leaves out is idle."""
    watched = Watch(HOPS)
    idle: Look = {"api": Passed(), "collector": Passed(), "jaeger": Passed()}
    for number, seen in enumerate(looks):
        of = pids[number] if pids else PIDS
        watched.look(Counters({**idle, **seen}, of), 2.0 * number)
    return watched


def stuck(looks: Sequence[Look]) -> list[Standing]:
    return watch(looks).stuck(8.0)


def test_empty_queues_are_settled_at_the_first_look() -> None:
    assert watch([{}]).settled
    assert watch([{}]).standing() == []


def test_a_queue_that_was_empty_once_is_settled_though_more_has_come() -> None:
    watched = watch([collector(10, 10), collector(10, 0), collector(30, 20)])
    assert watched.settled
    assert [one.waiting for one in watched.standing()] == [20]
    assert watched.stuck(0.0)[0].seconds == 0.0, "only the time since it was empty counts"


def test_a_queue_that_nothing_leaves_is_stuck() -> None:
    (one,) = stuck([collector(7, 7)] * 5)
    assert one.told() == "collector → jaeger: 7 spans wait; in 8 s none moved on"
    assert (one.component, one.least, one.seconds) == ("collector", 7, 8.0)


def test_it_is_not_stuck_before_its_time() -> None:
    assert stuck([collector(7, 7)] * 4) == []


def test_what_is_refused_at_each_try_is_stuck_though_others_pass() -> None:
    looks = [{**collector(100 + n * 50, 20), **jaeger(80 + n * 50, refused=20 * n)} for n in range(5)]
    (one,) = stuck(looks)
    assert one.told() == "collector → jaeger: 20 spans wait; in 8 s 200 moved on, 80 were refused"
    assert one.least == 20


def test_a_queue_that_is_never_empty_and_moves_is_not_stuck() -> None:
    assert stuck([{**collector(1000 + n * 100, 300), **jaeger(700 + n * 100)} for n in range(9)]) == []


def test_what_waits_for_a_slow_write_is_not_stuck() -> None:
    """No request of the collector is answered yet, and Jaeger writes."""
    assert stuck([{**collector(5000, 5000), **jaeger(10 * n, waiting=900)} for n in range(9)]) == []


def test_all_that_stands_is_named_in_the_order_of_the_hops() -> None:
    looks = [{**api(90, 9), **collector(81, 50), **jaeger(31, waiting=31)}] * 6
    assert [one.hop for one in stuck(looks)] == ["services", "collector", "jaeger"]
    assert stuck(looks)[-1].told() == "jaeger → storage: 31 spans wait; in 10 s none moved on"


def test_a_component_that_does_not_answer_is_not_judged() -> None:
    watched = watch([{"collector": None}] * 6)
    assert watched.stuck(8.0) == []
    assert not watched.settled


@pytest.mark.parametrize("restarted", [2, 4])
def test_only_the_time_since_a_restart_counts(restarted: int) -> None:
    pids = [PIDS if number < restarted else {**PIDS, "collector": 99} for number in range(7)]
    watched = watch([collector(7, 7)] * 7, pids)
    (one,) = watched.standing()
    assert one.seconds == 2.0 * (6 - restarted)
    assert bool(watched.stuck(8.0)) == (restarted == 2)


def test_verify_looks_for_as_long_as_it_waits_however_slow_a_look_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine takes seconds for each look; the first one's are no part of the time."""
    clock = [0.0]
    standing = Counters({"api": Passed(), **collector(7, 7), "jaeger": Passed()}, PIDS)

    def slow_look(_: Runtime) -> Counters:
        clock[0] += 3.0
        return standing

    monkeypatch.setattr(run, "read_counters", slow_look)
    monkeypatch.setattr("kit.operate.verify.run.time.monotonic", lambda: clock[0])
    monkeypatch.setattr("kit.operate.verify.run.time.sleep", lambda _: None)
    runtime = cast("Runtime", SimpleNamespace(pipeline=HOPS))
    (one,) = run._settled(runtime, standing, 8.0).stuck(8.0)
    assert (one.component, one.seconds) == ("collector", 9.0)
