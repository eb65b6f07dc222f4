"""Fixed time windows of the graph, so that a recomputed window overwrites its old row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

SECOND = 1_000_000
# Not configurable: rows of different lengths would overlap and calls would be counted twice.
WINDOW = 300 * SECOND
_DAY = 86_400 * SECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A range from `start` (included) to `end` (excluded), in microseconds since 1970."""

    start: int
    end: int

    @property
    def moment(self) -> datetime:
        """The row's `ts`: the start of the window."""
        return _EPOCH + timedelta(microseconds=self.start)

    @property
    def bucket(self) -> datetime:
        """The row's `ts_bucket`: the start of its day in UTC."""
        return _EPOCH + timedelta(microseconds=self.start - self.start % _DAY)

    def halves(self) -> tuple[Window, Window]:
        """Split the window into two."""
        middle = (self.start + self.end) // 2
        return Window(self.start, middle), Window(middle, self.end)


def windows(since: int, until: int) -> Iterator[Window]:
    """Yield all windows that overlap a range of time, oldest first; both bounds in microseconds since 1970."""
    start = since - since % WINDOW
    while start < until:
        yield Window(start, start + WINDOW)
        start += WINDOW


def microseconds(moment: datetime) -> int:
    """Convert a time to Jaeger's form, microseconds since 1970; a time without a zone is UTC."""
    known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (known - _EPOCH) // timedelta(microseconds=1)
