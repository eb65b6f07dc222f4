"""Times derived from the retention: compaction windows and the lifetime of cached names."""

from __future__ import annotations

from generator.spec.quantities import Duration

# ScyllaDB refuses a table with more windows than this (`twcs_max_window_count`); its advice is 10 to 20.
MAX_WINDOWS = 50
AIMED_WINDOWS = 20
_SHORTEST_WINDOW = Duration.parse("10m")
_MINUTE = Duration.parse("1m").milliseconds
_LONGEST_CACHE = Duration.parse("12h")


def compaction_window(retention: Duration) -> Duration:
    """Return the window of `TimeWindowCompactionStrategy` for a table with this retention.

    retention / 20, rounded up to whole minutes, at least 10 minutes. So there are at most 20 windows; ScyllaDB's
    CREATE TABLE fails from 51 on (`cql3/statements/create_table_statement.cc`).
    """
    minutes = -(-retention.milliseconds // (AIMED_WINDOWS * _MINUTE))
    return max(Duration(minutes * _MINUTE), _SHORTEST_WINDOW)


def name_cache(retention: Duration) -> Duration:
    """Return the time for which Jaeger caches that a service's or operation's name is stored: retention / 2.

    Rows of names expire with the traces. With a longer cache, a service would be missing from search until its entry
    in the cache expires (`span_store_write_cache_ttl`, 12 h by default).
    """
    return min(Duration(retention.milliseconds // 2), _LONGEST_CACHE)
