"""Times as a person says them on a command line."""

from __future__ import annotations

import time
from datetime import datetime

from generator.spec.quantities import Duration
from kit.errors import UsageError
from kit.operate.dependencies.windows import microseconds

_SHORTEST_INTERVAL = 1.0


def moment(option: str, text: str) -> int:
    """A time in microseconds since 1970: `1h` ago, or `2026-11-21T11:30:00Z`; without a zone it is UTC.

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
            f"{option} {text}: neither a length of time nor a date and time",
            hint="write 30m for half an hour ago, or 2026-11-21T11:30:00Z",
        ) from None


def interval(text: str) -> float:
    """The seconds of an `--every`.

    Raises:
        UsageError: it is no length of time of at least a second.
    """
    try:
        seconds = Duration.parse(text).milliseconds / 1000
    except ValueError:
        seconds = 0.0
    if seconds < _SHORTEST_INTERVAL:
        raise UsageError(f"--every {text}: not a length of time of a second or more", hint="write 5m")
    return seconds
