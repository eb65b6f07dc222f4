"""The tables that Jaeger 2.13 to 2.20 reads and writes, and the time to live of their rows.

Source: Jaeger's `internal/storage/v1/cassandra/schema/v004.cql.tmpl`, the same in both versions. The kit changes
the windows (Jaeger fixes those of the index tables at one hour). It adds a time to live to the sampling tables, which
grow forever in Jaeger's schema, and the options that only ScyllaDB has.
"""

from __future__ import annotations

from dataclasses import dataclass

from generator.spec.quantities import Duration

# Adaptive sampling reads only the rows of the last minutes, so a day is more than enough.
_SAMPLING_ROWS_LIVE = Duration.parse("1d")
_LOCK_ROWS_LIVE = Duration.parse("1d")


@dataclass(frozen=True, slots=True)
class Table:
    """One table.

    Attributes:
        name: Name without the keyspace.
        windowed: Whether it is compacted by time window; otherwise by size.
        keeps: Time to live of its rows; None: as long as traces.
    """

    name: str
    windowed: bool
    keeps: Duration | None = None

    def ttl(self, retention: Duration) -> Duration:
        """Return the time to live of a row."""
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
