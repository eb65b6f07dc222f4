"""Run a program in its own process group, with a timeout and a log; it ends with the process that started it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

POLL = 0.2
"""Interval between two calls of `tick`, in seconds."""
GRACE = 5.0
"""Time from SIGTERM to SIGKILL for a process group, in seconds."""

# On Linux the kernel kills the child when its parent dies, even by kill -9; elsewhere an orphan runs to its end.
# A separate process sets this up, because code between fork and exec is not safe with threads.
_TETHER = """\
import ctypes, os, sys
ctypes.CDLL(None).prctl(1, 9)
if os.getppid() != int(sys.argv[1]): sys.exit("the process that started this is gone")
try: os.execvp(sys.argv[2], sys.argv[2:])
except OSError as error: sys.exit(f"{sys.argv[2]}: {error.strerror}")
"""


class ProcessError(Exception):
    """Raised when a program fails; the text fits into the middle of a sentence."""


def run(
    command: list[str],
    *,
    log: Path,
    cwd: Path,
    env: Mapping[str, str],
    timeout: float,
    tick: Callable[[], None],
) -> None:
    """Run `command` to its end with stdout and stderr in `log`.

    Args:
        command: the argument list.
        log: file for its output; overwritten.
        cwd: working directory.
        env: the whole environment.
        timeout: timeout in seconds.
        tick: called several times a second; an exception in it ends the process group.

    Raises:
        ProcessError: it could not be started, its exit code was not 0, or it took longer than `timeout`.
    """
    deadline = time.monotonic() + timeout
    with log.open("wb") as stream:
        try:
            child = subprocess.Popen(
                _tethered(command),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env=dict(env),
                start_new_session=True,
            )
        except OSError as error:
            raise ProcessError(f"could not be started: {error}") from error
        try:
            code = _wait(child, deadline, tick)
        except BaseException:
            _end(child)
            raise
    if code is None:
        raise ProcessError(f"was still running after {timeout:.0f} s and was stopped")
    if code < 0:
        raise ProcessError(f"was killed by {signal.Signals(-code).name}")
    if code > 0:
        raise ProcessError(f"ended with exit code {code}")


def _tethered(command: list[str]) -> list[str]:
    if sys.platform != "linux":
        return command
    return [sys.executable, "-I", "-S", "-c", _TETHER, str(os.getpid()), *command]


def _wait(child: subprocess.Popen[bytes], deadline: float, tick: Callable[[], None]) -> int | None:
    while time.monotonic() < deadline:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return child.wait(POLL)
        tick()
    _end(child)
    return None


def _end(child: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(GRACE)
    # The leader may have ended while other processes of its group have not.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
