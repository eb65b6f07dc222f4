"""Parse the time of a line in a native log, in the format of each program."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

# The collector, Jaeger, the samples: 2026-11-30T11:08:18.205Z; Cassandra, the supervisor: 2026-11-30 11:08:23,733.
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,6}))?\d*(Z|[+-]\d\d:?\d\d)?")
# Redis: 28902:M 30 Nov 2026 11:08:18.045
_REDIS = re.compile(r"^\d+:[A-Z] (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d:\d\d:\d\d)\.(\d{3})")
# Jaeger and the collector in JSON: "ts":1764500898.205
_EPOCH = re.compile(r'"ts":\s*(\d{10}(?:\.\d+)?)')
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HEAD = 200


def moment_of(line: str) -> datetime | None:
    """Return the time at the beginning of a line, None without one; without a zone it is local time."""
    head = line[:_HEAD]
    try:
        if found := _REDIS.match(head):
            day, month, year, clock, fraction = found.groups()
            text = f"{year}-{_MONTHS.index(month) + 1:02}-{day}T{clock}.{fraction}"
            return datetime.fromisoformat(text).astimezone()
        if found := _ISO.search(head):
            date, clock, fraction, zone = found.groups()
            moment = datetime.fromisoformat(
                f"{date}T{clock}.{(fraction or '0'):0<6}{'+00:00' if zone == 'Z' else zone or ''}"
            )
            return moment.astimezone()
        if found := _EPOCH.search(head):
            return datetime.fromtimestamp(float(found[1]), UTC)
    except ValueError:
        pass
    return None


def with_times(lines: Iterable[str], before: datetime | None = None) -> Iterator[tuple[str, datetime | None]]:
    """Yield lines with their times; a line without one, such as in a stack trace, has the time of the line before.

    Args:
        lines: Lines in their order in the log.
        before: Time of the line before them.
    """
    for line in lines:
        before = moment_of(line) or before
        yield line, before
