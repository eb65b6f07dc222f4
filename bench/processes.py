"""Processes of a run: start them with logs in files, wait until they are ready, and always stop them."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

import psutil

from kit.operate.readiness import ready

_POLL_SECONDS = 0.1
_KILL_SECONDS = 10.0
# Below what tests use, and below the ports that the system gives to connections.
_FIRST_PORT, _LAST_PORT = 20_000, 24_000


class Processes:
    """Processes of one block or one store; a context manager that stops them in reverse order of their start."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *_: object) -> None:
        for name in reversed(list(self._running)):
            self.stop(name)

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> int:
        """Start a process under a name. Return its process id."""
        self._logs.mkdir(parents=True, exist_ok=True)
        with (self._logs / f"{name}.log").open("wb") as log:
            self._running[name] = subprocess.Popen(
                command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=self._logs, start_new_session=True,
            )  # fmt: skip
        return self._running[name].pid

    def wait_ready(self, name: str, probe: str, port: int, path: str = "/", seconds: float = 120) -> None:
        """Wait until a process answers a probe of `readiness`, or listens on its port (`tcp`).

        Raises:
            SystemExit: the process ended, or did not answer in time.
        """
        deadline = time.monotonic() + seconds
        while not (_listens(port) if probe == "tcp" else ready(probe, port, path)):
            process = self._running[name]
            if process.poll() is not None or time.monotonic() > deadline:
                tail = (self._logs / f"{name}.log").read_text(errors="replace")[-2000:]
                raise SystemExit(f"{name} failed to start:\n{tail}")
            time.sleep(_POLL_SECONDS)

    def stop(self, name: str, grace: float = _KILL_SECONDS) -> bool:
        """Terminate a process, and kill it after `grace` seconds. Return whether it ended without a kill."""
        process = self._running.pop(name)
        process.terminate()
        try:
            process.wait(grace)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return False
        return True

    @property
    def pids(self) -> dict[str, int]:
        """Process ids by name."""
        return {name: process.pid for name, process in self._running.items()}


@dataclass(frozen=True, slots=True)
class Use:
    """Resource use of a finished process: wall time and processor time in seconds, and peak memory in MiB."""

    wall_s: float
    processor_s: float
    peak_mib: float


def used(command: Sequence[str], folder: Path | None = None) -> Use:
    """Run a command to its end. Python may cache its bytecode, as for an installed package.

    Raises:
        SystemExit: the command failed.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryFile() as told:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=told
        )
        _, status, use = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            told.seek(0)
            raise SystemExit(
                f"{' '.join(command)} ended with {process.returncode}: {told.read().decode(errors='replace')}"
            )
    return Use(wall, use.ru_utime + use.ru_stime, use.ru_maxrss / 1024)


def free_ports(count: int) -> int:
    """Return the first of `count` consecutive free ports; parallel runs search in different ranges."""
    for first in range(_FIRST_PORT + os.getpid() * count % (_LAST_PORT - _FIRST_PORT), _LAST_PORT, count):
        if not any(_listens(port) for port in range(first, first + count)):
            return first
    raise SystemExit(f"no {count} consecutive ports below {_LAST_PORT} are free")


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def cpu_seconds(pids: Mapping[str, int]) -> dict[str, float]:
    """Return CPU seconds used so far by each process, and by the whole machine (`machine` and `stolen`)."""
    seconds: dict[str, float] = {}
    for name, pid in pids.items():
        with contextlib.suppress(psutil.NoSuchProcess):
            times = psutil.Process(pid).cpu_times()
            seconds[name] = times.user + times.system
    whole = psutil.cpu_times()
    seconds["machine"] = sum(whole) - whole.idle - whole.iowait - whole.guest - whole.guest_nice
    seconds["stolen"] = whole.steal
    return seconds


@contextlib.contextmanager
def on_cores(cores: Set[int]) -> Iterator[None]:
    """Start processes on these cores within the context; an empty set changes nothing."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores or before)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextlib.contextmanager
def reporting(command: Sequence[str], folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a process that reports on its stdout; kill it if it still runs at the end of the context."""
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, start_new_session=True
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
