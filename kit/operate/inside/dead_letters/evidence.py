"""What was written and what was refused: whether a refusal says something of a batch, or of the storage."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass

# So many refusals of the same bytes, with others written between them, single a batch out.
ENOUGH = 3
# Two refusals within this time are one: a hiccup of the storage is longer.
APART_SECONDS = 1.0
_RECENT_SECONDS = 10.0
# So many dead letters without one span that was written are no poison: something is wrong with all of them.
_FUSE = 500
_REMEMBERED = 4096


@dataclass(slots=True)
class _Refusals:
    """Refusals of the same bytes; `written` is the total of requests written at the last one that counted."""

    count: int
    at: float
    written: int


class Evidence:
    """Counts of one process; a restart forgets them, and they are gathered again."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._written = 0
        self._last_written = float("-inf")
        self._put_aside_in_a_row = 0
        self._recent_written: deque[float] = deque(maxlen=_REMEMBERED)
        self._refusals: OrderedDict[bytes, _Refusals] = OrderedDict()

    def written(self) -> None:
        """A request was written."""
        now = self._clock()
        self._written += 1
        self._put_aside_in_a_row = 0
        self._last_written = now
        self._recent_written.append(now)

    def put_aside(self) -> None:
        """A span was found that the storage refuses by itself."""
        self._put_aside_in_a_row += 1

    def refused(self, key: bytes) -> None:
        """Some bytes were refused; counted when others were written since they last were."""
        now, known = self._clock(), self._refusals.get(key)
        if known is None:
            self._refusals[key] = _Refusals(1, now, self._written)
            if len(self._refusals) > _REMEMBERED:
                self._refusals.popitem(last=False)
            return
        self._refusals.move_to_end(key)
        if self._written > known.written and now - known.at >= APART_SECONDS:
            known.count += 1
            known.at, known.written = now, self._written

    def forget(self, key: bytes) -> None:
        """Some bytes are decided."""
        self._refusals.pop(key, None)

    def refusals(self, key: bytes) -> int:
        """Refusals of some bytes that count: each with others written after it."""
        known = self._refusals.get(key)
        if known is None:
            return 0
        return known.count if self._written > known.written else known.count - 1

    def wrote_since(self, when: float) -> bool:
        """Whether anything was written since a time of this clock."""
        return self._last_written > when

    def now(self) -> float:
        """The clock's time."""
        return self._clock()

    @property
    def others_get_through(self) -> bool:
        """Whether lately at least as many requests were written as different ones were refused."""
        since = self._clock() - _RECENT_SECONDS
        written = sum(at >= since for at in self._recent_written)
        refused = sum(one.at >= since for one in self._refusals.values())
        return written > 0 and written >= refused - 1

    @property
    def blown(self) -> bool:
        """Whether 500 spans in a row were put aside without one that was written: then the storage is at fault."""
        return self._put_aside_in_a_row >= _FUSE
