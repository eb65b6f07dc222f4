"""Keep the graph up to date in rounds, until SIGTERM."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NoReturn

from kit.errors import MachineError
from kit.operate.dependencies.compute import update
from kit.operate.dependencies.round_metrics import RoundMetrics
from kit.operate.dependencies.store import Tables
from kit.operate.dependencies.windows import SECOND, WINDOW, Window, windows
from kit.terminal import say

# A round recomputes this much: traces may have been unfinished, or their spans still in a queue.
AGAIN = 2 * WINDOW
# After a stop, missed windows are computed, at most this far back.
_CATCH_UP = 86_400 * SECOND
_FIRST = 3_600 * SECOND
# Rounds take at most 1/20 of the time. The pause after a quick round is this long, in seconds.
_SHARE = 20
_SHORTEST_PAUSE = 15.0
_AFTER_FAILURE = 15.0


class _Told(BaseException):
    """Raised on SIGTERM."""


def keep_up(
    connect: Callable[[], AbstractContextManager[Any]],
    keyspace: str,
    every: float,
    metrics: RoundMetrics | None = None,
) -> None:
    """Compute new windows in rounds, until SIGTERM.

    It may end at any time: a window is one row, and the next run starts at the newest one. If the database does
    not answer, that is printed and tried again, and the missed windows are computed later.

    Args:
        connect: opens a session with the database.
        keyspace: the keyspace of Jaeger's tables.
        every: longest pause between two rounds, in seconds; shorter while rounds are quick.
        metrics: where rounds are recorded.
    """
    watched = metrics or RoundMetrics()
    known: int | None = None
    with _ending():
        while True:
            try:
                with connect() as session:
                    tables = Tables(session, keyspace)
                    while True:
                        known, took = _round(tables, known)
                        watched.done(known, took)
                        time.sleep(min(every, max(_SHORTEST_PAUSE, took * _SHARE)))
            except MachineError as error:
                watched.failed()
                say(f"{error.message}; trying again")
                time.sleep(_AFTER_FAILURE)


def _round(tables: Tables, known: int | None) -> tuple[int, float]:
    """Run one round; return the time up to which everything is computed, and the seconds that it took."""
    began, now = time.monotonic(), time.time_ns() // 1000
    newest = tables.newest(Window(now, now)) if known is None else known
    since = now - _FIRST if newest is None else max(newest - AGAIN, now - _CATCH_UP)
    changed = [done for done in update(tables, windows(since, now)) if done.changed]
    took = time.monotonic() - began
    if changed:
        calls = sum(sum(one.calls.values()) for one in changed)
        say(f"{len(changed)} windows of 5 minutes changed, with {calls} calls; took {took:.2f} s")
    return now, took


@contextmanager
def _ending() -> Iterator[None]:
    """End the block without an error on SIGTERM."""
    before = signal.signal(signal.SIGTERM, _told)
    try:
        yield
    except _Told:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)


def _told(*_: object) -> NoReturn:
    raise _Told
