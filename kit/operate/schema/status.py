"""A live schema, told: what is there, how long rows live, what differs from the spec."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from generator.components.scylla.rule_checks import ttl_seconds, window_seconds
from generator.components.storage.tables import TABLES
from generator.spec.release import line
from kit.operate.schema.apply import needed
from kit.operate.schema.cluster import Cluster
from kit.operate.schema.compare import Difference, differences
from kit.operate.schema.live import Server, describe, find, present, server
from kit.operate.schema.wanted import Wanted


@dataclass(frozen=True, slots=True)
class TableState:
    """One table of Jaeger's.

    Attributes:
        there: whether it exists.
        ttl: seconds that a new row lives; None when it is not there.
        window: seconds of a compaction window; None for a table that has none.
    """

    name: str
    there: bool
    ttl: int | None
    window: int | None

    @property
    def windows(self) -> int | None:
        """How many windows hold living rows; ScyllaDB takes at most 50."""
        return self.ttl // self.window if self.ttl and self.window else None


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
            tables.append(
                TableState(
                    table.name,
                    there is not None,
                    (ttl_seconds(there) or 0) if there else None,
                    window_seconds(there) if there else None,
                )
            )
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
