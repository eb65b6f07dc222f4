"""The metrics of Redis, from the answers of its commands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from kit.operate.inside.exporters.redis_exporter.streams import Stream

# The samples and the kit use database 0 alone.
_DATABASE = "db0"

_GAUGES = {
    "redis_uptime_in_seconds": ("uptime_in_seconds", "Time since its start, in seconds."),
    "redis_connected_clients": ("connected_clients", "Client connections."),
    "redis_blocked_clients": ("blocked_clients", "Clients that wait in a blocking command."),
    "redis_memory_used_bytes": ("used_memory", "Memory of its data and its clients, in bytes."),
    "redis_memory_used_rss_bytes": ("used_memory_rss", "Resident memory of the process, in bytes."),
    "redis_memory_max_bytes": ("maxmemory", "Limit of its memory, in bytes; 0: none."),
}
_COUNTERS = {
    "redis_commands_processed": ("total_commands_processed", "Commands that it has run."),
    "redis_evicted_keys": ("evicted_keys", "Keys that were removed because of the memory limit."),
    "redis_keyspace_hits": ("keyspace_hits", "Look-ups of keys that exist."),
    "redis_keyspace_misses": ("keyspace_misses", "Look-ups of keys that don't exist."),
    "redis_rejected_connections": ("rejected_connections", "Connections refused because of `maxclients`."),
}


def fields() -> Iterator[str]:
    """Yield the fields of INFO that are read."""
    yield from (field for field, _ in (_GAUGES | _COUNTERS).values())


def up(value: int) -> Metric:
    """Return `redis_up`."""
    return GaugeMetricFamily("redis_up", "Whether Redis answered: 1 or 0.", value)


def server(info: Mapping[str, Any]) -> Iterator[Metric]:
    """Yield the metrics of the server; one that this version of Redis does not report is left out."""
    for name, (field, about) in _GAUGES.items():
        if field in info:
            yield GaugeMetricFamily(name, about, float(info[field]))
    for name, (field, about) in _COUNTERS.items():
        if field in info:
            yield CounterMetricFamily(name, about, float(info[field]))


def streams(found: Sequence[Stream]) -> Iterator[Metric]:
    """Yield the metrics of streams and their groups. The age of an entry is the time of its id, in ms."""

    def gauge(name: str, about: str, *labels: str) -> GaugeMetricFamily:
        return GaugeMetricFamily(f"redis_stream_{name}", about, labels=("db", "stream", *labels))

    length = gauge("length", "Entries.")
    first = gauge("first_entry_id", "Time in the id of the oldest entry, in ms; 0 if there is none.")
    last = gauge("last_generated_id", "Time in the id of the newest entry ever, in ms.")
    count = gauge("groups", "Consumer groups.")
    consumers = gauge("group_consumers", "Consumers of the group.", "group")
    pending = gauge("group_messages_pending", "Entries delivered and not acknowledged.", "group")
    lag = gauge("group_lag", "Entries that are not delivered yet.", "group")
    for stream in found:
        labels = (_DATABASE, stream.name)
        length.add_metric(labels, stream.length)
        first.add_metric(labels, _milliseconds(stream.first))
        last.add_metric(labels, _milliseconds(stream.last))
        count.add_metric(labels, len(stream.groups))
        for group in stream.groups:
            of_group = (*labels, group.name)
            consumers.add_metric(of_group, group.consumers)
            pending.add_metric(of_group, group.pending)
            if group.lag is not None:
                lag.add_metric(of_group, group.lag)
    yield from (length, first, last, count, consumers, pending, lag)


def _milliseconds(entry: str) -> float:
    head = entry.partition("-")[0]
    return float(head) if head.isdecimal() else 0.0
