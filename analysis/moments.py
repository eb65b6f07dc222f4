"""Points in time as people and programs read them; inside the package they are nanoseconds since 1970."""

from __future__ import annotations

from datetime import UTC, datetime


def format_moment(time_ns: int) -> str:
    """For people: `2026-11-21 11:31:50.568 UTC`."""
    moment = _moment(time_ns)
    if moment is None:
        return f"{time_ns} ns since 1970"
    return f"{moment:%Y-%m-%d %H:%M:%S}.{time_ns // 1_000_000 % 1_000:03d} UTC"


def rfc3339(time_ns: int) -> str:
    """For programs, to the nanosecond: `2026-11-21T11:31:50.568961842Z`."""
    moment = _moment(time_ns)
    if moment is None:
        return ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{time_ns % 1_000_000_000:09d}Z"


def _moment(time_ns: int) -> datetime | None:
    """The second a time lies in; None beyond the year 9999, which broken clocks and files bring."""
    try:
        return datetime.fromtimestamp(time_ns // 1_000_000_000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
