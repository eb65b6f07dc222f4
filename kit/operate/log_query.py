"""A choice of log lines: the options of `kit logs`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class LogQuery:
    """A choice of log lines.

    Attributes:
        lines: Number of lines to show, the last ones of each component; None shows all.
        follow: Whether to keep showing new lines.
        since: Time of the first line to show, with a time zone; None for the beginning.
        until: Time after the last line to show; None for no limit.
        pattern: Pattern that a line must contain; None shows all lines.
    """

    lines: int | None = 50
    follow: bool = False
    since: datetime | None = None
    until: datetime | None = None
    pattern: re.Pattern[str] | None = None

    @property
    def chooses(self) -> bool:
        """Whether lines are filtered by time or pattern, beside the limit on their number."""
        return self.since is not None or self.until is not None or self.pattern is not None

    def takes(self, line: str, moment: datetime | None) -> bool:
        """Whether to show a line; a `moment` of None (unknown time) passes both time limits."""
        if moment is not None:
            if self.since is not None and moment < self.since:
                return False
            if self.until is not None and moment >= self.until:
                return False
        return self.pattern is None or self.pattern.search(line) is not None

    def last(self, lines: Iterable[str]) -> list[str]:
        """Return the last `self.lines` lines, or all of them if that is None."""
        found = list(lines)
        return found if self.lines is None else found[len(found) - min(self.lines, len(found)) :]
