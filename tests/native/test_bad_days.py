"""What goes wrong between `up` and `down`: told clearly, and nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kit.operate.native.home import Home
from tests.native.stack import Stack
from tests.patience import PATIENCE_S
from tests.small_disk import fill, needs_root, small_disk

pytestmark = pytest.mark.native

MEMORY = "native: {storage: memory}\n"


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return Stack(tmp_path / "deployment", MEMORY)


@pytest.fixture(autouse=True)
def _nothing_stays(stack: Stack) -> object:
    yield
    stack.kit("down", "--volumes")
    left = stack.processes()
    for process in left:
        process.kill()
    assert left == []


def check_nothing_runs(stack: Stack) -> None:
    assert stack.processes() == []
    assert stack.open_ports() == []
    assert not (stack.folder / ".kit/native/state.json").exists()
    assert list(stack.temporary.iterdir()) == []


def test_a_taken_port_is_named_with_its_owner_and_a_free_one(stack: Stack) -> None:
    with socket.socket() as other:
        # Connections of an earlier test may still linger there.
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", stack.base + 2))
        other.listen()
        result = stack.kit("up", "--target", "native")
    assert result.returncode == 3
    assert f"port {stack.base + 2} (jaeger) is taken by python" in result.stderr
    assert f"(pid {os.getpid()}); " in result.stderr
    assert "is free" in result.stderr
    check_nothing_runs(stack)


def test_a_component_that_does_not_start_shows_its_log(stack: Stack) -> None:
    """A keyspace of data that Badger can't open: a file where its folder belongs."""
    stack.write_spec("native: {storage: badger}\nstorage: {engine: badger}")
    data = stack.folder / ".kit/native/data/jaeger"
    data.mkdir(parents=True)
    (data / "keys").write_text("not a folder")
    result = stack.kit("up", "--target", "native")
    assert result.returncode == 3
    assert "Jaeger 2.13.0 (jaeger): " in result.stderr
    assert "The last lines of its log:" in result.stderr
    assert "data/jaeger/keys" in result.stderr
    assert "the whole log: " in result.stderr
    check_nothing_runs(stack)


def test_a_missing_ui_is_told_before_anything_starts(stack: Stack) -> None:
    stack.write_spec(MEMORY + "jaeger: {ui: {assets: ./nowhere}}")
    result = stack.kit("up", "--target", "native")
    assert result.returncode == 1
    assert "nowhere/index.html" in result.stderr
    check_nothing_runs(stack)


def test_a_ui_that_is_named_is_served(stack: Stack) -> None:
    import httpx

    ui = stack.folder / "ui"
    ui.mkdir()
    (ui / "index.html").write_text("<html><head><title>a built page</title></head><body></body></html>")
    stack.write_spec(MEMORY + "jaeger: {ui: {assets: ./ui}}")
    result = stack.up()
    assert "a placeholder" not in result.stdout
    assert "a built page" in httpx.get(stack.jaeger, trust_env=False, follow_redirects=True).text


@pytest.mark.parametrize("when", [0.2, 1.0, 2.0, "at the report"])
def test_an_interrupt_at_any_time_leaves_all_or_nothing(stack: Stack, when: float | str) -> None:
    # Before that it is the interpreter which starts, and which is interrupted.
    begin = "import sys; from kit.cli import main; print('begun', file=sys.stderr, flush=True); main()"
    process = subprocess.Popen(
        [sys.executable, "-c", begin, "up", "--target", "native"],
        cwd=stack.folder,
        env={**os.environ, "TMPDIR": str(stack.temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "begun\n"
    if isinstance(when, float):
        time.sleep(when)
    else:
        while process.stderr.readline() not in ("up:\n", ""):
            pass
    process.send_signal(signal.SIGINT)
    _, talk = process.communicate(timeout=300)
    assert "Traceback" not in talk
    if process.returncode != 0:  # it may have been up already
        assert process.returncode == 130
        assert talk.endswith("error: interrupted\n")
        check_nothing_runs(stack)


@needs_root
def test_a_disk_without_room_is_told_before_anything_starts(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    with small_disk(folder, "1m"):
        stack = Stack(folder, MEMORY)
        result = stack.kit("up", "--target", "native")
        assert result.returncode == 3, result.stderr
        assert f"{folder}: the disk has 0 MiB free, but 256MiB are needed" in result.stderr
        check_nothing_runs(stack)
        fill(folder, 0)
        assert stack.kit("up", "--target", "native").returncode == 3
        assert stack.kit("down").returncode == 0


@needs_root
def test_a_disk_that_fills_up_during_the_start_is_told_and_nothing_runs(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    with small_disk(folder, "300m"):
        stack = Stack(folder, MEMORY)
        process = subprocess.Popen(
            [sys.executable, "-m", "kit", "up", "--target", "native"],
            cwd=folder,
            env={**os.environ, "TMPDIR": str(stack.temporary)},
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        while "ready Redis" not in process.stderr.readline():
            pass
        fill(folder, 0)
        told = process.communicate(timeout=120)[1]
        assert process.returncode == 3, told
        assert f"the disk of {folder} is full: 0 KiB free" in told
        check_nothing_runs(stack)


def test_of_two_that_start_it_at_once_one_does_and_the_other_is_told(stack: Stack) -> None:
    first, second = (
        subprocess.Popen(
            [sys.executable, "-m", "kit", "up", "--target", "native"],
            cwd=stack.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    )
    told = {process.returncode: talk for process, talk in
            ((process, process.communicate(timeout=120)[1]) for process in (first, second))}  # fmt: skip
    assert sorted(told) == [0, 3], told
    assert "another `kit up` or `kit down` is running for this deployment" in told[3]
    assert stack.status()["ok"]
    again = stack.up()
    assert "already up:" in again.stderr


def test_a_change_with_a_mistake_in_it_changes_nothing(stack: Stack) -> None:
    stack.up()
    before = {process.pid for process in stack.processes()}
    stack.write_spec(MEMORY + "tracing: {propagation: sideways}")
    result = stack.kit("up", "--target", "native")
    assert result.returncode == 1
    assert "propagation" in result.stderr
    assert {process.pid for process in stack.processes()} == before


def kill_supervisor(stack: Stack) -> None:
    os.kill(int((stack.folder / ".kit/native/supervisor.pid").read_text()), signal.SIGKILL)


def test_a_killed_supervisor_is_named_first_and_up_starts_all_again(stack: Stack) -> None:
    stack.up()
    kill_supervisor(stack)
    before = {process.pid for process in stack.processes()}
    status = stack.kit("status")
    assert status.returncode == 3
    assert (
        "the process supervisor is gone, so nothing restarts the processes still running: " in status.stderr
    )
    assert "redis" in status.stderr
    assert "restart everything: kit up" in status.stderr
    doctor = json.loads(stack.kit("doctor", "--output", "json").stdout)
    first = doctor["checks"][0]
    assert (first["check"], first["outcome"]) == ("supervisor", "fail")
    assert first["next"] == "kit up"
    assert not [line for line in doctor["checks"] if line["check"].startswith("port ")]
    up = stack.kit("up")  # without a target: what runs is found
    assert up.returncode == 0, up.stderr
    assert "the process supervisor is gone" in up.stderr
    assert stack.status()["ok"]
    assert not before & {process.pid for process in stack.processes()}


def test_a_killed_supervisor_does_not_keep_down_from_stopping_all(stack: Stack) -> None:
    stack.up()
    kill_supervisor(stack)
    down = stack.kit("down")
    assert down.returncode == 0
    assert "that ran without a supervisor" in down.stderr
    check_nothing_runs(stack)


def test_a_killed_component_comes_back(stack: Stack) -> None:
    stack.up()
    (collector,) = [c for c in stack.status()["components"] if c["name"] == "collector"]
    os.kill(collector["pid"], signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE_S
    while True:
        (now,) = [c for c in stack.status()["components"] if c["name"] == "collector"]
        if now["ready"] and now["pid"] != collector["pid"]:
            break
        assert time.monotonic() < deadline, now
        time.sleep(0.2)


def test_a_deep_folder_has_a_socket_elsewhere(tmp_path: Path) -> None:
    deep = Stack(tmp_path / ("d" * 60) / ("e" * 60), MEMORY)
    try:
        deep.up()
        assert deep.status()["ok"]
        assert Home.of(deep.folder).socket.parent.parent == Path("/tmp")  # noqa: S108  # compared, not used
    finally:
        assert deep.kit("down", "--volumes").returncode == 0
    assert not Home.of(deep.folder).socket.parent.exists()
    assert deep.processes() == []


def test_a_folder_that_may_not_be_written(stack: Stack) -> None:
    (stack.folder / ".kit").write_text("a file where the folder belongs")
    result = stack.kit("up", "--target", "native")
    assert result.returncode == 3
    assert ".kit" in result.stderr
    (stack.folder / ".kit").unlink()


def test_a_log_of_an_unknown_component(stack: Stack) -> None:
    stack.up()
    result = stack.kit("logs", "jeager")
    assert result.returncode == 1
    assert "did you mean jaeger?" in result.stderr
