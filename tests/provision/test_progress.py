from __future__ import annotations

import io
import sys
import time
from typing import TYPE_CHECKING

import pytest

from kit.errors import MachineError
from kit.provision import Event, TextProgress, provision
from kit.provision.progress import duration
from tests.provision.tiny import WRITE, tiny_part, write

if TYPE_CHECKING:
    from pathlib import Path

    from kit.provision.part import Bench
    from kit.provision.progress import State


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def event(state: State, step: str = "", elapsed: float = 0) -> Event:
    return Event(state, "Jaeger 2.13.0", 2, 5, step, elapsed, 240)


def test_a_line_for_each_step_where_there_is_no_terminal() -> None:
    stream = io.StringIO()
    progress = TextProgress(stream)
    for one in (
        event("waiting"),
        event("waiting", elapsed=1),
        event("step", "compile jaeger", 60),
        event("running", "compile jaeger", 61),
        event("ready", elapsed=250),
    ):
        progress(one)
    assert stream.getvalue() == (
        "[2/5] Jaeger 2.13.0: waiting for another process that is making it (usually 4 min in total)\n"
        "[2/5] Jaeger 2.13.0: compile jaeger (usually 4 min in total)\n"
        "[2/5] Jaeger 2.13.0: ready after 4 min 10 s\n"
    )


def test_a_long_step_moves_every_few_seconds_without_a_terminal() -> None:
    stream = io.StringIO()
    progress = TextProgress(stream)
    progress(event("step", "compile jaeger", 60))
    for tenths in range(1, 200):
        after = 60 + tenths / 10
        progress(
            Event("running", "Jaeger 2.13.0", 2, 5, "compile jaeger", after, 240, f"{tenths} of 200", "/l")
        )
    lines = stream.getvalue().splitlines()
    assert lines[1:] == [
        "[2/5] Jaeger 2.13.0: compile jaeger … 1 min 5 s, 50 of 200; log: /l",
        "[2/5] Jaeger 2.13.0: compile jaeger … 1 min 10 s, 100 of 200; log: /l",
        "[2/5] Jaeger 2.13.0: compile jaeger … 1 min 15 s, 150 of 200; log: /l",
    ]


def test_the_packages_of_a_build_are_counted(tmp_path: Path) -> None:
    seen: list[Event] = []

    def make(bench: Bench) -> None:
        script = "import time\nfor n in range(5): print('package', n, flush=True); time.sleep(.3)"
        bench.run("compile it", [sys.executable, "-c", script], timeout=300, packages=7)
        bench.run("write", [sys.executable, "-c", WRITE, str(bench.folder / "program")], timeout=120)

    parts = {"tiny": tiny_part(make)}
    provision(["tiny"], cache_root=tmp_path, parts=parts, progress=seen.append)
    seen = [one for one in seen if one.step == "compile it"]
    counted = [one.detail for one in seen if one.state == "running"]
    assert len(set(counted)) > 2
    assert set(counted) <= {f"{n} of 7 packages" for n in range(6)}
    assert {one.log.rpartition("/")[2] for one in seen if one.state == "running"} == {"compile-it.log"}


def test_a_line_that_counts_on_a_terminal() -> None:
    stream = Terminal()
    progress = TextProgress(stream)
    progress(event("step", "compile", 60))
    progress(event("running", "compile", 60.2))
    progress(event("running", "compile", 61))
    progress(event("ready", elapsed=62))
    assert stream.getvalue() == (
        "\r\x1b[K[2/5] Jaeger 2.13.0: compile … 1 min (usually 4 min in total)"
        "\r\x1b[K[2/5] Jaeger 2.13.0: compile … 1 min 1 s (usually 4 min in total)"
        "\r\x1b[K[2/5] Jaeger 2.13.0: ready after 1 min 2 s\n"
    )


def test_a_line_is_never_wider_than_the_terminal() -> None:
    stream = Terminal()
    TextProgress(stream)(event("step", "compile " * 30))
    assert len(stream.getvalue()) == len("\r\x1b[K") + 79


def test_an_error_starts_on_its_own_line() -> None:
    terminal, plain = Terminal(), io.StringIO()
    for stream in (terminal, plain):
        TextProgress(stream)(event("stopped"))
    assert (terminal.getvalue(), plain.getvalue()) == ("\n", "")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "0 s"), (59.4, "59 s"), (59.6, "1 min"), (61, "1 min 1 s"), (240, "4 min")]
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_events_of_a_run(tmp_path: Path) -> None:
    def fail(bench: Bench) -> None:
        raise MachineError("no")

    seen: list[Event] = []
    parts = {
        "one": tiny_part(write, name="one"),
        "two": tiny_part(fail, name="two"),
    }
    with pytest.raises(MachineError):
        provision(["two", "one"], cache_root=tmp_path, parts=parts, progress=seen.append)
    told = [(one.state, one.number, one.title, one.step) for one in seen if one.state != "running"]
    assert told == [
        ("step", 1, "One 1.0", "write"),
        ("ready", 1, "One 1.0", ""),
        ("stopped", 2, "Two 1.0", ""),
    ]
    assert {one.total for one in seen} == {2}


def test_a_running_step_is_told_again_and_again(tmp_path: Path) -> None:
    seen: list[Event] = []
    gate = tmp_path / "gate"

    def listen(one: Event) -> None:
        seen.append(one)
        if len(seen) > 3:
            gate.touch()

    def wait(bench: Bench) -> None:
        bench.run("wait", ["sh", "-c", f"until test -e {gate}; do sleep 0.05; done"], timeout=300)

    provision(["tiny"], cache_root=tmp_path, parts={"tiny": tiny_part(wait)}, progress=listen)
    states = [one.state for one in seen]
    assert states[0] == "step"
    assert states[-1] == "ready"
    assert set(states[1:-1]) == {"running"}
    assert [one.elapsed for one in seen] == sorted(one.elapsed for one in seen)
    assert seen[-1].elapsed < time.monotonic()
