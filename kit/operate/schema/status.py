"""Status of a live schema: its tables, their times to live, and its differences from the spec."""

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
    """State of a table in the database."""

    name: Annotated[str, "name of the table"]
    there: Annotated[bool, "whether it exists"]
    ttl_seconds: Annotated[int | None, "time to live of a new row, null if the table is missing"]
    window_seconds: Annotated[int | None, "compaction window, null if the table has none"]
    windows: Annotated[
        int | None, "number of compaction windows in the time to live, null if the table has none"
    ]


@dataclass(frozen=True, slots=True)
class Status:
    """Status of a live schema.

    Attributes:
        server: The running database server.
        expected: The server that the spec names.
        keyspace: Name of the keyspace.
        replication: Replicas by datacenter, as the database reports them; empty if there is no keyspace.
        tables: All tables, in the order of the schema.
        missing: Missing tables and types that Jaeger needs, in the form `table traces`.
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
        """Whether the database is of another release line than in the spec."""
        same = self.server.engine == self.expected.engine
        return not same or line(self.server.version) != line(self.expected.version)


def status(keyspace: str, cluster: Cluster, expected: Server) -> Status:
    """Query the status of a database's schema.

    Raises:
        MachineError: The database can't be reached or described.
        UserError: The database refuses the credentials.
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
    """Return the differences between a live schema and a rendered one, in the order in which they are resolved.

    Raises:
        MachineError: The database can't be reached or described.
        UserError: The script can't be parsed, or the credentials are refused.
    """
    wanted = Wanted.of(script)
    with cluster.session() as session:
        return differences(wanted.definitions, describe(session, wanted.keyspace), wanted.statements)
