from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
PATIENCE = 300.0


class Run:
    """A kit process that makes the tiny part and stops half way until the gate is opened."""

    def __init__(self, folder: Path) -> None:
        self.cache = folder / "cache"
        self.notes = folder / "notes"
        self.gate = folder / "gate"
        self.processes: list[subprocess.Popen[str]] = []

    def start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.provision.tiny", self.cache, self.notes, self.gate],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.processes.append(process)
        return process

    def makers(self) -> list[tuple[int, Path]]:
        """Process id and output of every maker so far."""
        if not self.notes.exists():
            return []
        lines = [line.split(" ", 1) for line in self.notes.read_text().splitlines()]
        return [(int(process), Path(binary)) for process, binary in lines]

    def half_way(self, times: int = 1) -> tuple[int, Path]:
        until(lambda: len(self.makers()) >= times)
        return self.makers()[times - 1]

    def finish(self, process: subprocess.Popen[str]) -> str:
        """Open the gate; the process's stderr."""
        self.gate.touch()
        out, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, err
        assert out == "tiny program"
        return err

    def left(self) -> list[str]:
        return sorted(path.name for path in (self.cache / "parts" / "tiny").iterdir())


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    run = Run(tmp_path)
    yield run
    for process in run.processes:
        process.kill()
        process.communicate()


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_gone(process: int) -> bool:
    return not psutil.pid_exists(process) or psutil.Process(process).status() == psutil.STATUS_ZOMBIE


def test_killed_half_way_then_resumed(run: Run) -> None:
    first = run.start()
    maker, binary = run.half_way()
    first.kill()
    first.communicate()
    assert binary.read_text() == "tiny pro"
    assert not (binary.parent / "manifest.json").exists()

    if sys.platform == "linux":
        until(lambda: is_gone(maker))
    second = run.start()
    _, again = run.half_way(2)
    assert not binary.exists(), "what the killed run left is swept"
    assert again != binary
    run.finish(second)
    assert len(run.left()) == 1


def test_killed_then_used_by_a_run_that_finds_nothing_to_resume(run: Run) -> None:
    run.gate.touch()
    run.finish(run.start())
    (complete,) = run.left()
    run.finish(run.start())
    assert run.left() == [complete]
    assert len(run.makers()) == 1


def test_interrupted_half_way_leaves_no_process_and_no_file(run: Run) -> None:
    process = run.start()
    maker, binary = run.half_way()
    os.kill(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == -signal.SIGINT
    assert "KeyboardInterrupt" in err
    until(lambda: is_gone(maker))
    assert not binary.parent.exists()
    assert run.left() == []


def test_of_two_at_once_the_second_waits_and_makes_nothing(run: Run) -> None:
    first = run.start()
    run.half_way()
    second = run.start()
    assert second.stderr is not None
    said = second.stderr.readline()
    assert "waiting for another process that is making it" in said
    assert run.left() != []
    run.finish(first)
    run.finish(second)
    assert len(run.makers()) == 1
    assert len(run.left()) == 1


def test_the_second_takes_over_when_the_first_is_killed(run: Run) -> None:
    first = run.start()
    run.half_way()
    second = run.start()
    assert second.stderr is not None
    second.stderr.readline()
    first.kill()
    run.half_way(2)
    run.finish(second)
    assert len(run.makers()) == 2
    assert len(run.left()) == 1
