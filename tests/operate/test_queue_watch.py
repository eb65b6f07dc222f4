"""The watch over the queues' files: it leaves alone what a collector has open, and sees what is damaged later."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kit.operate.inside import aside
from kit.operate.inside.aside import Known, put_aside
from tests.patience import PATIENCE_S

QUEUE = "exporter_otlp_http_jaeger_traces"


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    path = tmp_path / QUEUE
    path.write_bytes(b"x" * 9000)
    return path


def left(folder: Path) -> list[str]:
    return sorted(path.name.split("damaged")[0] for path in folder.iterdir())


def wait_until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_file_that_is_open_is_left_alone(foreign: Path) -> None:
    with foreign.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        put_aside([str(foreign.parent)])
        assert left(foreign.parent) == [QUEUE]
    put_aside([str(foreign.parent)])
    assert left(foreign.parent) == [f"{QUEUE}."]


def test_what_lies_aside_and_what_the_collector_compacts_is_none_of_its_business(tmp_path: Path) -> None:
    names = [f"{QUEUE}.20261130T090000.000Z.backup", f"{QUEUE}.damaged-20261130T090000Z", "tempdb1"]
    for name in names:
        (tmp_path / name).write_bytes(b"x")
    put_aside([str(tmp_path), str(tmp_path / "not there")])
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert [path.name for path in aside.found_aside([str(tmp_path)])] == names[:2]


def test_a_sound_file_is_read_once_until_it_is_written(
    foreign: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[Path] = []

    def look(path: Path) -> str:
        looks.append(path)
        return ""

    monkeypatch.setattr(aside, "why_unsound", look)
    sound: Known = {}
    for _ in range(3):
        put_aside([str(foreign.parent)], sound)
    assert len(looks) == 1
    os.utime(foreign, ns=(1, 1))
    put_aside([str(foreign.parent)], sound)
    assert len(looks) == 2


def test_the_program_watches_until_it_is_stopped_and_lists_what_lies_aside(tmp_path: Path) -> None:
    module = [sys.executable, "-m", "kit.operate.inside.watch_queues"]
    process = subprocess.Popen([*module, str(tmp_path)], stderr=subprocess.PIPE, text=True)
    try:
        time.sleep(0.5)
        (tmp_path / QUEUE).write_bytes(b"text")
        wait_until(lambda: left(tmp_path) == [f"{QUEUE}."])
    finally:
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=120)
    assert process.returncode == 0
    assert "is damaged (it is not a queue of the collector" in said
    (file,) = tmp_path.iterdir()
    listed = subprocess.run([*module, "--list", str(tmp_path)], capture_output=True, text=True, check=True)
    assert listed.stdout == f"4 {file}\n"


def test_an_emptied_file_is_marked_once_and_stays_where_the_collector_looks(tmp_path: Path) -> None:
    path, sound = tmp_path / QUEUE, Known()
    path.write_bytes(b"")
    put_aside([str(tmp_path)], sound)
    assert left(tmp_path) == [QUEUE]  # the collector may be about to fill it
    os.utime(path, (1, 1))
    for _ in range(2):
        put_aside([str(tmp_path)], sound)
    assert left(tmp_path) == [QUEUE, f"{QUEUE}."]
