"""Which lines of the components' logs a person wants to see."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class LogQuery:
    """What is asked of the logs.

    Attributes:
        lines: The last lines of each component that are shown; None shows all.
        follow: Whether lines that come later are shown too.
        since: Only lines from then on, with a time zone; None from the beginning.
        until: Only lines before then.
        pattern: Only lines in which this is found.
    """

    lines: int | None = 50
    follow: bool = False
    since: datetime | None = None
    until: datetime | None = None
    pattern: re.Pattern[str] | None = None

    @property
    def chooses(self) -> bool:
        """Whether some lines are left out that are not too old."""
        return self.since is not None or self.until is not None or self.pattern is not None

    def takes(self, line: str, moment: datetime | None) -> bool:
        """Whether a line is wanted; `moment` is None when it is not known, and then does not matter."""
        if moment is not None:
            if self.since is not None and moment < self.since:
                return False
            if self.until is not None and moment >= self.until:
                return False
        return self.pattern is None or self.pattern.search(line) is not None

    def last(self, lines: Iterable[str]) -> list[str]:
        """The last of some lines."""
        found = list(lines)
        return found if self.lines is None else found[len(found) - min(self.lines, len(found)) :]
