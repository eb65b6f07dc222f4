"""Count written and refused requests, to decide whether a refusal is the fault of the batch or of the storage."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass

# After this number of refusals, with other requests written in between, the batch is at fault.
ENOUGH = 3
# Two refusals within this time count as one: a short failure of the storage lasts longer.
APART_SECONDS = 1.0
_RECENT_SECONDS = 10.0
# After this number of dead letters without a single written span, the storage is at fault, not the spans.
_FUSE = 500
_REMEMBERED = 4096


@dataclass(slots=True)
class _Refusals:
    """Refusals of the same bytes. `written` is the total of written requests at the last counted refusal."""

    count: int
    at: float
    written: int


class Evidence:
    """Counters of one process. A restart begins at zero."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._written = 0
        self._last_written = float("-inf")
        self._put_aside_in_a_row = 0
        self._recent_written: deque[float] = deque(maxlen=_REMEMBERED)
        self._refusals: OrderedDict[bytes, _Refusals] = OrderedDict()

    def written(self) -> None:
        """Count a written request."""
        now = self._clock()
        self._written += 1
        self._put_aside_in_a_row = 0
        self._last_written = now
        self._recent_written.append(now)

    def put_aside(self) -> None:
        """Count a span that the storage refuses even when sent alone."""
        self._put_aside_in_a_row += 1

    def refused(self, key: bytes) -> None:
        """Record a refusal of some bytes. It counts only if other requests were written since the last one."""
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
        """Forget the refusals of some bytes, because their request is decided."""
        self._refusals.pop(key, None)

    def refusals(self, key: bytes) -> int:
        """Return the number of counted refusals of some bytes: those with other requests written after them."""
        known = self._refusals.get(key)
        if known is None:
            return 0
        return known.count if self._written > known.written else known.count - 1

    def wrote_since(self, when: float) -> bool:
        """Whether any request was written since `when` of this clock."""
        return self._last_written > when

    def now(self) -> float:
        """Return the clock's time, in seconds."""
        return self._clock()

    @property
    def others_get_through(self) -> bool:
        """Whether, in the last 10 seconds, at least as many requests were written as other ones refused."""
        since = self._clock() - _RECENT_SECONDS
        written = sum(at >= since for at in self._recent_written)
        refused = sum(one.at >= since for one in self._refusals.values())
        return written > 0 and written >= refused - 1

    @property
    def blown(self) -> bool:
        """Whether 500 spans in a row were put aside and none was written: then the storage is at fault."""
        return self._put_aside_in_a_row >= _FUSE
