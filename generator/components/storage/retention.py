"""How time is cut in the database: compaction windows and the lifetime of cached names."""

from __future__ import annotations

from generator.spec.quantities import Duration

# ScyllaDB refuses a table with more windows than this (`twcs_max_window_count`); its advice is 10 to 20.
MAX_WINDOWS = 50
AIMED_WINDOWS = 20
_SHORTEST_WINDOW = Duration.parse("10m")
_MINUTE = Duration.parse("1m").milliseconds
_LONGEST_CACHE = Duration.parse("12h")


def compaction_window(retention: Duration) -> Duration:
    """The window of `TimeWindowCompactionStrategy` for a table that keeps rows this long.

    retention / 20, rounded up to whole minutes, at least 10 minutes: never more than 20 windows,
    where ScyllaDB's CREATE TABLE fails from 51 on (`cql3/statements/create_table_statement.cc`).
    """
    minutes = -(-retention.milliseconds // (AIMED_WINDOWS * _MINUTE))
    return max(Duration(minutes * _MINUTE), _SHORTEST_WINDOW)


def name_cache(retention: Duration) -> Duration:
    """How long Jaeger may believe that a service's or operation's name is stored: retention / 2.

    Name rows expire with the traces. Were they cached longer, a service would vanish from search
    until the cache forgets it (`span_store_write_cache_ttl`, 12 h by default).
    """
    return min(Duration(retention.milliseconds // 2), _LONGEST_CACHE)
