"""The graph kept up to date: one round after another, until it is told to stop."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NoReturn

from kit.errors import MachineError
from kit.operate.dependencies.compute import update
from kit.operate.dependencies.store import Tables
from kit.operate.dependencies.windows import SECOND, WINDOW, Window, windows
from kit.terminal import say

# What a round computes again: traces that were still going on, or whose spans waited in a queue.
AGAIN = 2 * WINDOW
# After a stop, what was missed is made up for, so far back at most.
_CATCH_UP = 86_400 * SECOND
_FIRST = 3_600 * SECOND
# A round may take a twentieth of the time; a quick one comes again after these seconds.
_SHARE = 20
_SHORTEST_PAUSE = 15.0
_AFTER_FAILURE = 15.0


class _Told(BaseException):
    """SIGTERM came."""


def keep_up(connect: Callable[[], AbstractContextManager[Any]], keyspace: str, every: float) -> None:
    """Compute what is new, again and again, until SIGTERM.

    Whenever it ends, nothing is left half done: a window is one row, and the next run begins where the newest is.

    Args:
        connect: a session with the database.
        keyspace: where Jaeger's tables are.
        every: seconds from one round to the next at most; less while rounds are quick.

    A database that does not answer is told, and asked again; what was missed meanwhile is made up for.
    """
    known: int | None = None
    with _ending():
        while True:
            try:
                with connect() as session:
                    tables = Tables(session, keyspace)
                    while True:
                        known, took = _round(tables, known)
                        time.sleep(min(every, max(_SHORTEST_PAUSE, took * _SHARE)))
            except MachineError as error:
                say(f"{error.message}; trying again")
                time.sleep(_AFTER_FAILURE)


def _round(tables: Tables, known: int | None) -> tuple[int, float]:
    """One round; answers until when all is computed, and the seconds it took."""
    began, now = time.monotonic(), time.time_ns() // 1000
    newest = tables.newest(Window(now, now)) if known is None else known
    since = now - _FIRST if newest is None else max(newest - AGAIN, now - _CATCH_UP)
    changed = [done for done in update(tables, windows(since, now)) if done.changed]
    took = time.monotonic() - began
    if changed:
        calls = sum(sum(one.calls.values()) for one in changed)
        say(f"{len(changed)} windows of 5 minutes changed, {calls} calls in them; took {took:.2f} s")
    return now, took


@contextmanager
def _ending() -> Iterator[None]:
    """Turn SIGTERM into an end without an error."""
    before = signal.signal(signal.SIGTERM, _told)
    try:
        yield
    except _Told:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)


def _told(*_: object) -> NoReturn:
    raise _Told
