"""Time to live and compaction window of a table, from its definition."""

from __future__ import annotations

import re

from generator.components.storage.cql import Definition, Value

_UNITS = {"MINUTES": 60, "HOURS": 3600, "DAYS": 86_400}


def short_class(value: Value | None) -> str:
    """Return a Java class's name without its package: `org.apache.….LZ4Compressor` is `LZ4Compressor`."""
    return value.rpartition(".")[2] if isinstance(value, str) else ""


def window_seconds(table: Definition) -> int | None:
    """Return the length of a time window; None if the table has another compaction or an invalid window."""
    compaction = table.mapping("compaction")
    if short_class(compaction.get("class")) != "TimeWindowCompactionStrategy":
        return None
    # Their defaults: one day.
    size, unit = (
        compaction.get("compaction_window_size", "1"),
        compaction.get("compaction_window_unit", "DAYS"),
    )
    if not isinstance(size, str) or not re.fullmatch(r"\d+", size) or not isinstance(unit, str):
        return None
    return int(size) * _UNITS.get(unit, 0) or None


def ttl_seconds(table: Definition) -> int | None:
    """Return the time to live of new rows; None if the definition does not set it."""
    value = table.properties.get("default_time_to_live")
    return int(value) if isinstance(value, str) and re.fullmatch(r"\d+", value) else None
