"""Parse and format points in time. Inside the package they are nanoseconds since 1970."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from analysis.durations import parse_duration
from analysis.errors import QuantityError


def format_moment(time_ns: int) -> str:
    """Format a time for people: `2026-11-21 11:31:50.568 UTC`."""
    moment = _moment(time_ns)
    if moment is None:
        return f"{time_ns} ns since 1970"
    return f"{moment:%Y-%m-%d %H:%M:%S}.{time_ns // 1_000_000 % 1_000:03d} UTC"


def rfc3339(time_ns: int) -> str:
    """Format a time for programs, with nanoseconds: `2026-11-21T11:31:50.568961842Z`."""
    moment = _moment(time_ns)
    if moment is None:
        return ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{time_ns % 1_000_000_000:09d}Z"


_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")


def parse_moment(text: str, *, now_ns: int, what: str) -> int:
    """Parse `15m` (ago), `14:05` (the last one, UTC) or `2026-11-21T14:05:00Z`.

    Args:
        text: a duration, a time of day, or a date with a time; UTC if it has no offset.
        now_ns: current time, nanoseconds since 1970.
        what: name of the value in the error, such as the option.

    Raises:
        QuantityError: the text has none of these forms.
    """
    now = datetime.fromtimestamp(now_ns // 1_000_000_000, UTC)
    clock = _CLOCK.fullmatch(text.strip())
    try:
        if clock is not None:
            hour, minute, second = (int(part or 0) for part in clock.groups())
            moment = now.replace(hour=hour, minute=minute, second=second, microsecond=0)
            moment -= timedelta(days=moment > now)
        elif "-" in text:
            moment = datetime.fromisoformat(text.strip())
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        else:
            return now_ns - parse_duration(text, what=what)
        return int(moment.replace(microsecond=0).timestamp()) * 1_000_000_000 + moment.microsecond * 1_000
    except (ValueError, OverflowError) as error:
        raise QuantityError(
            f"{what}: {text!r} is not a time: {error}",
            hint="write 15m (ago), 14:05 or 2026-11-21T14:05:00Z, in UTC",
        ) from None


def _moment(time_ns: int) -> datetime | None:
    """Return the second of a time; None after the year 9999, which occurs with wrong clocks and broken files."""
    try:
        return datetime.fromtimestamp(time_ns // 1_000_000_000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
