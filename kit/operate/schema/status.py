"""A live schema, told: what is there, how long rows live, what differs from the spec."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from generator.components.storage.lifetimes import ttl_seconds, window_seconds
from generator.components.storage.tables import TABLES
from generator.spec.release import line
from kit.operate.schema.apply import needed
from kit.operate.schema.cluster import Cluster
from kit.operate.schema.compare import Difference, differences
from kit.operate.schema.live import Server, describe, find, present, server
from kit.operate.schema.wanted import Wanted


@dataclass(frozen=True, slots=True)
class TableState:
    """A table."""

    name: Annotated[str, "of the table"]
    there: Annotated[bool, "whether it exists"]
    ttl_seconds: Annotated[int | None, "time that a new row lives; null when the table is not there"]
    window_seconds: Annotated[int | None, "compaction window; null for a table without"]
    windows: Annotated[int | None, "compaction windows that a row's life covers; null for a table without"]


@dataclass(frozen=True, slots=True)
class Status:
    """A live schema.

    Attributes:
        server: what answers.
        expected: what the spec says it is.
        keyspace: its name.
        replication: copies by datacenter as the database tells it; empty when there is no keyspace.
        tables: in the schema's order.
        missing: tables and types that Jaeger needs, each as `table traces`.
    """

    server: Server
    expected: Server
    keyspace: str
    replication: dict[str, object]
    tables: Sequence[TableState]
    missing: list[str]

    @property
    def complete(self) -> bool:
        """Whether Jaeger can start and write."""
        return not self.missing

    @property
    def other_version(self) -> bool:
        """Whether the database is of another release line than the spec says."""
        same = self.server.engine == self.expected.engine
        return not same or line(self.server.version) != line(self.expected.version)


def status(keyspace: str, cluster: Cluster, expected: Server) -> Status:
    """Ask a database for its schema.

    Raises:
        MachineError: it can't be reached or described.
        UserError: it does not take the credentials.
    """
    with cluster.session() as session:
        live = describe(session, keyspace)
        tables = []
        for table in TABLES:
            there = find(live, "TABLE", table.name)
            ttl = (ttl_seconds(there) or 0) if there else None
            window = window_seconds(there) if there else None
            windows = ttl // window if ttl and window else None
            tables.append(TableState(table.name, there is not None, ttl, window, windows))
        space = find(live, "KEYSPACE", "")
        replication = {
            name: value for name, value in space.mapping("replication").items() if name != "class"
        } if space else {}  # fmt: skip
        lacking = sorted(needed() - present(session, keyspace))
        return Status(server(session), expected, keyspace, dict(replication), tables, lacking)


def diff(script: str, cluster: Cluster) -> list[Difference]:
    """What differs between a live schema and a rendered one, in the order in which it is mended.

    Raises:
        MachineError: the database can't be reached or described.
        UserError: the script can't be read, or the credentials are not taken.
    """
    wanted = Wanted.of(script)
    with cluster.session() as session:
        return differences(wanted.definitions, describe(session, wanted.keyspace), wanted.statements)
