"""The tables that Jaeger 2.13 to 2.20 reads and writes, and how long their rows live.

Source: Jaeger's `internal/storage/v1/cassandra/schema/v004.cql.tmpl`, the same at both versions. What is
the kit's own are the windows (Jaeger fixes those of the index tables at one hour), the time to live on
the sampling tables (Jaeger's grow for ever) and what only ScyllaDB takes.
"""

from __future__ import annotations

from dataclasses import dataclass

from generator.spec.quantities import Duration

# Adaptive sampling looks back minutes; its rows are of no use after a day.
_SAMPLING_ROWS_LIVE = Duration.parse("1d")
_LOCK_ROWS_LIVE = Duration.parse("1d")


@dataclass(frozen=True, slots=True)
class Table:
    """One table.

    Attributes:
        name: without keyspace.
        windowed: compacted by time window; else by size.
        keeps: how long rows live; None is as long as traces.
    """

    name: str
    windowed: bool
    keeps: Duration | None = None

    def ttl(self, retention: Duration) -> Duration:
        """How long a row lives."""
        return self.keeps or retention


TABLES = (
    Table("traces", windowed=True),
    Table("service_names", windowed=False),
    Table("operation_names_v2", windowed=False),
    Table("service_operation_index", windowed=True),
    Table("service_name_index", windowed=True),
    Table("duration_index", windowed=True),
    Table("tag_index", windowed=True),
    Table("dependencies_v2", windowed=False),
    Table("operation_throughput", windowed=False, keeps=_SAMPLING_ROWS_LIVE),
    Table("sampling_probabilities", windowed=False, keeps=_SAMPLING_ROWS_LIVE),
    Table("leases", windowed=False, keeps=_LOCK_ROWS_LIVE),
)

TYPES = ("keyvalue", "log", "span_ref", "process", "dependency")
