"""The store that all arms write to: count and drop keyspaces."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from bench.write_path.spans import number_of
from kit.operate.schema import Cluster

TABLES = ("traces", "service_name_index", "service_operation_index", "duration_index", "tag_index")
_FLUSH_MS = 200
# Twenty times the number of different spans.
_CONTENTS = 5000
_SETTLE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Store:
    """A Cassandra of this run.

    Attributes:
        name: Name of its process.
        port: CQL port.
        data: Folder of its tables' files.
        datacenter: Name of its datacenter.
    """

    name: str
    port: int
    data: Path
    datacenter: str = "datacenter1"

    @property
    def cluster(self) -> Cluster:
        """The cluster, for the kit's schema code."""
        return Cluster([f"127.0.0.1:{self.port}"], self.datacenter, 120)

    def rows(self, keyspace: str) -> dict[int, int]:
        """Return the write time of each span's row in microseconds, by the span's number."""
        question = f"SELECT trace_id, span_id, writetime(flags) FROM {keyspace}.traces"  # noqa: S608  # our own name
        with self.cluster.session() as session:
            return {
                number_of(trace_id, span_id & 0xFFFF_FFFF_FFFF_FFFF): written
                for trace_id, span_id, written in session.execute(question)
            }

    def count(self, keyspace: str) -> dict[str, int]:
        """Return the number of rows of each table, counted one by one."""
        with self.cluster.session() as session:
            return {
                table: sum(1 for _ in session.execute(f"SELECT start_time FROM {keyspace}.{table}"))  # noqa: S608
                for table in TABLES
            }

    def contents(self, keyspace: str) -> frozenset[str]:
        """Return the different rows without ids and times, as texts."""
        columns = "operation_name, duration, flags, parent_id, logs, tags, process"
        question = f"SELECT {columns} FROM {keyspace}.traces LIMIT {_CONTENTS}"  # noqa: S608
        with self.cluster.session() as session:
            return frozenset(map(repr, session.execute(question)))

    def bytes_on_disk(self, keyspace: str) -> int:
        """Flush the tables of a keyspace. Return the size of their files."""
        with self.cluster.session() as session:
            for table in TABLES:
                # CQL has no other way to flush, and `nodetool` needs JNDI, which this Java lacks.
                session.execute(
                    f"ALTER TABLE {keyspace}.{table} WITH memtable_flush_period_in_ms = {_FLUSH_MS}"
                )
        before, now = -1, 0
        while now != before:
            time.sleep(_SETTLE_SECONDS)
            before, now = now, sum(f.stat().st_size for f in (self.data / keyspace).rglob("*") if f.is_file())
        return now

    def drop(self, keyspace: str) -> None:
        """Drop a keyspace, so that its compactions use no CPU later."""
        with self.cluster.session() as session:
            session.execute(f"DROP KEYSPACE IF EXISTS {keyspace}")
