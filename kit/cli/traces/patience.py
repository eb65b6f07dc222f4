"""Print the progress while Jaeger is read, and stop after `--timeout`."""

from __future__ import annotations

import signal
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from kit.cli.traces.options import JaegerSource

# A shorter reading needs no progress line.
_QUIET_SECONDS = 3.0
_EVERY_SECONDS = {True: 1.0, False: 5.0}
"""Seconds between progress lines: on a terminal, and elsewhere."""


class _TimeIsUp(BaseException):  # so that only `patiently` catches it
    """Raised by the alarm signal."""


@contextmanager
def patiently(source: JaegerSource) -> Iterator[Callable[[int, int], None]]:
    """Limit the time of a reading, and yield a callback that prints its progress.

    The callback is the `progress` of `gather`: it takes the number of traces so far, and the time back to which
    all of them are read.

    Raises:
        MachineError: Reading took longer than `--timeout`.
    """
    from kit.errors import MachineError

    seconds = source.timeout_s
    line = _Line(source.url)
    before = signal.signal(signal.SIGALRM, _alarm) if seconds else None
    line.start()
    try:
        if seconds:
            signal.setitimer(signal.ITIMER_REAL, seconds)
        yield line.note
    except _TimeIsUp:
        raise MachineError(
            f"reading Jaeger at {source.url} took longer than {source.timeout}{line.read}",
            hint="use a shorter --since, --service, or a longer --timeout, or find the cause with kit doctor",
        ) from None
    finally:
        if seconds:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        line.stop()


def _alarm(_number: int, _frame: FrameType | None) -> None:
    raise _TimeIsUp


class _Line(threading.Thread):
    """Prints the progress on stderr: one line on a terminal that is updated, separate lines elsewhere."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._url = url
        self._began = time.monotonic()
        self._over = threading.Event()
        self._live = sys.stderr.isatty()
        self.read = ""

    def note(self, traces: int, down_to_ns: int) -> None:
        from analysis.moments import format_moment

        self.read = f"; {traces:,} traces read, back to {format_moment(down_to_ns)}"

    def run(self) -> None:
        pause = _QUIET_SECONDS
        while not self._over.wait(pause):
            text = f"reading Jaeger at {self._url} for {time.monotonic() - self._began:.0f} s{self.read}"
            sys.stderr.write(f"\r\x1b[K{text}" if self._live else f"{text}\n")
            sys.stderr.flush()
            pause = _EVERY_SECONDS[self._live]

    def stop(self) -> None:
        self._over.set()
        self.join()
        if self._live:
            sys.stderr.write("\r\x1b[K")
