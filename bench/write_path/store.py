"""The store that all arms write to: keyspaces made, emptied and counted."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from bench.write_path.spans import number_of
from kit.operate.schema import Cluster

TABLES = ("traces", "service_name_index", "service_operation_index", "duration_index", "tag_index")
_FLUSH_MS = 200
# Twenty times as many as there are kinds of span.
_CONTENTS = 5000
_SETTLE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Store:
    """A Cassandra of this run.

    Attributes:
        name: of its process.
        port: for CQL.
        data: where its tables' files are.
    """

    name: str
    port: int
    data: Path
    datacenter: str = "datacenter1"

    @property
    def cluster(self) -> Cluster:
        """For the kit's own schema code."""
        return Cluster([f"127.0.0.1:{self.port}"], self.datacenter, 120)

    def rows(self, keyspace: str) -> dict[int, int]:
        """When each span was written, in microseconds, by its number: read from the rows themselves."""
        question = f"SELECT trace_id, span_id, writetime(flags) FROM {keyspace}.traces"  # noqa: S608  # our own name
        with self.cluster.session() as session:
            return {
                number_of(trace_id, span_id & 0xFFFF_FFFF_FFFF_FFFF): written
                for trace_id, span_id, written in session.execute(question)
            }

    def count(self, keyspace: str) -> dict[str, int]:
        """The rows of each table, read one by one."""
        with self.cluster.session() as session:
            return {
                table: sum(1 for _ in session.execute(f"SELECT start_time FROM {keyspace}.{table}"))  # noqa: S608
                for table in TABLES
            }

    def contents(self, keyspace: str) -> frozenset[str]:
        """What is written of a span beside its ids and its time: one text for each that differs."""
        columns = "operation_name, duration, flags, parent_id, logs, tags, process"
        question = f"SELECT {columns} FROM {keyspace}.traces LIMIT {_CONTENTS}"  # noqa: S608
        with self.cluster.session() as session:
            return frozenset(map(repr, session.execute(question)))

    def bytes_on_disk(self, keyspace: str) -> int:
        """All files of a keyspace's tables, after everything in memory is written out."""
        with self.cluster.session() as session:
            for table in TABLES:
                # The only way to flush by CQL; the Java here has no JNDI, which `nodetool` needs.
                session.execute(
                    f"ALTER TABLE {keyspace}.{table} WITH memtable_flush_period_in_ms = {_FLUSH_MS}"
                )
        before, now = -1, 0
        while now != before:
            time.sleep(_SETTLE_SECONDS)
            before, now = now, sum(f.stat().st_size for f in (self.data / keyspace).rglob("*") if f.is_file())
        return now

    def drop(self, keyspace: str) -> None:
        """Remove a keyspace, and with it the work of its compactions."""
        with self.cluster.session() as session:
            session.execute(f"DROP KEYSPACE IF EXISTS {keyspace}")
