"""Parse times and durations given on the command line."""

from __future__ import annotations

import time
from datetime import datetime

from generator.spec.quantities import Duration
from kit.errors import UsageError
from kit.operate.dependencies.windows import microseconds

_SHORTEST_INTERVAL = 1.0


def moment(option: str, text: str) -> int:
    """Parse `1h` (an hour ago) or `2026-11-21T11:30:00Z` into microseconds since 1970; without a zone it is UTC.

    Raises:
        UsageError: it is neither.
    """
    try:
        return time.time_ns() // 1000 - Duration.parse(text).milliseconds * 1000
    except ValueError:
        pass
    try:
        return microseconds(datetime.fromisoformat(text))
    except ValueError:
        raise UsageError(
            f"{option} {text}: neither a duration nor a date and time",
            hint="write 30m for half an hour ago, or a time such as 2026-11-21T11:30:00Z",
        ) from None


def interval(text: str) -> float:
    """Parse the duration of `--every` into seconds.

    Raises:
        UsageError: it is not a duration of at least one second.
    """
    try:
        seconds = Duration.parse(text).milliseconds / 1000
    except ValueError:
        seconds = 0.0
    if seconds < _SHORTEST_INTERVAL:
        raise UsageError(
            f"--every {text}: not a duration of at least 1 s", hint="write, for example, --every 5m"
        )
    return seconds
