"""Time as the graph is cut: fixed windows, so that what is computed again takes the place of what was there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

SECOND = 1_000_000
# Rows of other lengths would overlap and be counted twice: nobody may choose.
WINDOW = 300 * SECOND
_DAY = 86_400 * SECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """From `start` on and before `end`, in microseconds since 1970."""

    start: int
    end: int

    @property
    def moment(self) -> datetime:
        """The row's `ts`: the start."""
        return _EPOCH + timedelta(microseconds=self.start)

    @property
    def bucket(self) -> datetime:
        """The row's `ts_bucket`: the day in UTC."""
        return _EPOCH + timedelta(microseconds=self.start - self.start % _DAY)

    def halves(self) -> tuple[Window, Window]:
        """The same time in two parts."""
        middle = (self.start + self.end) // 2
        return Window(self.start, middle), Window(middle, self.end)


def windows(since: int, until: int) -> Iterator[Window]:
    """All windows that a time touches, oldest first; `since` and `until` in microseconds since 1970."""
    start = since - since % WINDOW
    while start < until:
        yield Window(start, start + WINDOW)
        start += WINDOW


def microseconds(moment: datetime) -> int:
    """A moment as Jaeger stores it: microseconds since 1970; without a zone it is UTC."""
    known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (known - _EPOCH) // timedelta(microseconds=1)
