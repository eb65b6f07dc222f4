"""The metrics of Cassandra, and the rows of its virtual tables that they come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

RELEASE = "release"
QUERIES = {
    RELEASE: "SELECT release_version FROM system.local",
    "pools": "SELECT * FROM system_views.thread_pools",
    "caches": "SELECT * FROM system_views.caches",
    "clients": "SELECT COUNT(*) FROM system_views.clients",
    "tasks": "SELECT COUNT(*) FROM system_views.sstable_tasks",
    "read": "SELECT * FROM system_views.coordinator_read_latency WHERE keyspace_name = %s ALLOW FILTERING",
    "scan": "SELECT * FROM system_views.coordinator_scan_latency WHERE keyspace_name = %s ALLOW FILTERING",
    "write": "SELECT * FROM system_views.coordinator_write_latency WHERE keyspace_name = %s ALLOW FILTERING",
    "disk": "SELECT * FROM system_views.disk_usage WHERE keyspace_name = %s ALLOW FILTERING",
    "partition": "SELECT * FROM system_views.max_partition_size WHERE keyspace_name = %s ALLOW FILTERING",
    "tombstones": "SELECT * FROM system_views.tombstones_per_read WHERE keyspace_name = %s ALLOW FILTERING",
}
"""Query by name; `%s` is the keyspace. `release` shows whether a node answers, the others read a virtual table."""

_MIB = 1 << 20
# Columns of a histogram, without the suffix of their unit.
_QUANTILES = {"0.5": "p50th", "0.99": "p99th", "1": "max"}
# The columns of latencies end in `_ms`, but hold seconds: a write that took 104 ms for its client is 0.088 there. Their
# values are microseconds, converted as if they were nanoseconds. Measured with 5.0.9, and not known of other releases.
_SECONDS_SINCE = "5.0"

_GAUGES = {
    "cassandra_up": ("Whether the node answered: 1 or 0.", ("node",)),
    "cassandra_info": ("1, with the node's release.", ("node", "version")),
    "cassandra_clients": ("Connections of clients.", ("node",)),
    "cassandra_sstable_tasks": ("Compactions and other tasks on files that run.", ("node",)),
    "cassandra_thread_pool_active_tasks": ("Tasks that run.", ("node", "pool")),
    "cassandra_thread_pool_pending_tasks": ("Tasks that wait for a thread.", ("node", "pool")),
    "cassandra_thread_pool_blocked_tasks": (
        "Tasks that wait for room in the pool's queue.",
        ("node", "pool"),
    ),
    "cassandra_cache_capacity_bytes": ("Size limit of the cache, in bytes.", ("node", "cache")),
    "cassandra_cache_size_bytes": ("Size of the cache, in bytes.", ("node", "cache")),
    "cassandra_coordinator_latency_seconds": (
        "Time of recent requests, in seconds; quantile 1 is the longest.",
        ("node", "operation", "table", "quantile"),
    ),
    "cassandra_table_disk_bytes": ("Disk that the table takes, in whole MiB.", ("node", "table")),
    "cassandra_table_largest_partition_bytes": (
        "Size of the largest partition on disk, in whole MiB.",
        ("node", "table"),
    ),
    "cassandra_table_tombstones_per_read": (
        "Deleted cells that recent reads met; quantile 1 is the most.",
        ("node", "table", "quantile"),
    ),
}
_COUNTERS = {
    "cassandra_thread_pool_completed_tasks": ("Tasks that ended.", ("node", "pool")),
    "cassandra_thread_pool_all_blocked_tasks": (
        "Tasks that had to wait for room in the pool's queue.",
        ("node", "pool"),
    ),
    "cassandra_cache_hits": ("Look-ups that the cache answered.", ("node", "cache")),
    "cassandra_cache_requests": ("Look-ups in the cache.", ("node", "cache")),
    "cassandra_coordinator_requests": ("Requests of clients.", ("node", "operation", "table")),
}


class Families:
    """Metrics of all nodes; a family is served once, with the samples of each node."""

    def __init__(self) -> None:
        self._known: dict[str, GaugeMetricFamily | CounterMetricFamily] = {
            name: GaugeMetricFamily(name, about, labels=labels) for name, (about, labels) in _GAUGES.items()
        }
        for name, (about, labels) in _COUNTERS.items():
            self._known[name] = CounterMetricFamily(name, about, labels=labels)

    @staticmethod
    def names() -> Iterator[str]:
        """Yield the names of all samples that may be served."""
        yield from _GAUGES
        yield from (f"{name}_total" for name in _COUNTERS)

    @staticmethod
    def labels() -> dict[str, tuple[str, ...]]:
        """Return the labels of each family."""
        return {name: labels for name, (_, labels) in (_GAUGES | _COUNTERS).items()}

    def all(self) -> Iterator[Metric]:
        """Yield all families, also those without samples."""
        yield from self._known.values()

    def add(self, name: str, labels: Sequence[str], value: float) -> None:
        """Add a sample."""
        self._known[name].add_metric(labels, value)

    def add_node(self, node: str, found: Mapping[str, Sequence[Any]]) -> None:
        """Add all metrics of a node that answered.

        Args:
            node: name of the node.
            found: rows by name of the query; those that the node refused are missing.
        """
        self.add("cassandra_up", (node,), 1)
        release = str(found[RELEASE][0].release_version)
        self.add("cassandra_info", (node, release), 1)
        for query, name in (("clients", "cassandra_clients"), ("tasks", "cassandra_sstable_tasks")):
            for row in found.get(query, ()):
                self.add(name, (node,), row[0])
        self._add_pools_and_caches(node, found)
        self._add_requests(node, found, release.startswith(f"{_SECONDS_SINCE}."))
        for row in found.get("disk", ()):
            self.add("cassandra_table_disk_bytes", (node, row.table_name), row.mebibytes * _MIB)
        for row in found.get("partition", ()):
            self.add("cassandra_table_largest_partition_bytes", (node, row.table_name), row.mebibytes * _MIB)
        for row in found.get("tombstones", ()):
            for quantile, column in _QUANTILES.items():
                labels = (node, row.table_name, quantile)
                self.add("cassandra_table_tombstones_per_read", labels, getattr(row, column))

    def metrics(self) -> Iterator[Metric]:
        """Yield all families that have samples."""
        return (family for family in self._known.values() if family.samples)

    def _add_pools_and_caches(self, node: str, found: Mapping[str, Sequence[Any]]) -> None:
        for row in found.get("pools", ()):
            pool = (node, row.name)
            self.add("cassandra_thread_pool_active_tasks", pool, row.active_tasks)
            self.add("cassandra_thread_pool_pending_tasks", pool, row.pending_tasks)
            self.add("cassandra_thread_pool_blocked_tasks", pool, row.blocked_tasks)
            self.add("cassandra_thread_pool_completed_tasks", pool, row.completed_tasks)
            self.add("cassandra_thread_pool_all_blocked_tasks", pool, row.blocked_tasks_all_time)
        for row in found.get("caches", ()):
            cache = (node, row.name)
            self.add("cassandra_cache_capacity_bytes", cache, row.capacity_bytes)
            self.add("cassandra_cache_size_bytes", cache, row.size_bytes)
            self.add("cassandra_cache_hits", cache, row.hit_count)
            self.add("cassandra_cache_requests", cache, row.request_count)

    def _add_requests(self, node: str, found: Mapping[str, Sequence[Any]], known_unit: bool) -> None:
        for operation in ("read", "scan", "write"):
            for row in found.get(operation, ()):
                labels = (node, operation, row.table_name)
                self.add("cassandra_coordinator_requests", labels, row.count)
                for quantile, column in _QUANTILES.items() if known_unit else ():
                    value = getattr(row, f"{column}_ms")
                    self.add("cassandra_coordinator_latency_seconds", (*labels, quantile), value)
