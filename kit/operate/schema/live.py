"""What a database holds: read from its own `DESCRIBE`, which tells it in CQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from generator.components.storage.cql import CqlError, Definition, definition
from kit.errors import MachineError
from kit.operate.schema.cluster import first_reason

_DESCRIBED = ("keyspace", "type", "table")


@dataclass(frozen=True, slots=True)
class Server:
    """What answers.

    Attributes:
        engine: scylla or cassandra.
        version: its own.
    """

    engine: str
    version: str

    @property
    def title(self) -> str:
        """As `ScyllaDB 2026.1.11`."""
        return f"{'ScyllaDB' if self.engine == 'scylla' else 'Cassandra'} {self.version}"


def server(session: Any) -> Server:
    """Ask a database what it is: ScyllaDB calls itself Cassandra 3.0.8 in `system.local`."""
    tables = "SELECT table_name FROM system_schema.tables WHERE keyspace_name = 'system'"
    names = {row.table_name for row in session.execute(tables)}
    if "versions" in names and "scylla_local" in names:
        return Server("scylla", session.execute("SELECT version FROM system.versions").one().version)
    return Server(
        "cassandra", session.execute("SELECT release_version FROM system.local").one().release_version
    )


def describe(session: Any, keyspace: str) -> list[Definition]:
    """The keyspace, its types and its tables; empty when there is no such keyspace.

    Raises:
        MachineError: the database can't describe itself, or in words that are not understood.
    """
    from cassandra import DriverException, RequestExecutionException

    there = "SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = %s"
    if session.execute(there, (keyspace,)).one() is None:
        return []
    try:
        rows = list(session.execute(f"DESCRIBE KEYSPACE {keyspace}"))
    except (DriverException, RequestExecutionException) as error:
        raise MachineError(
            f"the database can't describe {keyspace}: {first_reason(error)}",
            hint="that takes Cassandra 4.0 or ScyllaDB 5.2, or newer",
        ) from None
    return [_read(row) for row in rows if row.type in _DESCRIBED]


def _read(row: Any) -> Definition:
    try:
        return definition(row.create_statement)
    except CqlError as error:
        raise MachineError(
            f"the database describes {row.type} {row.name} in words that are not understood: {error}",
            hint="`DESCRIBE KEYSPACE` in cqlsh shows them",
        ) from None


def present(session: Any, keyspace: str) -> set[str]:
    """The tables and types of a keyspace, each as `table traces`; empty when there is no such keyspace."""
    tables = "SELECT table_name FROM system_schema.tables WHERE keyspace_name = %s"
    types = "SELECT type_name FROM system_schema.types WHERE keyspace_name = %s"
    found = {f"table {row.table_name}" for row in session.execute(tables, (keyspace,))}
    return found | {f"type {row.type_name}" for row in session.execute(types, (keyspace,))}


def find(schema: Sequence[Definition], kind: str, name: str) -> Definition | None:
    """A type or table of a schema, or its keyspace when the name is empty."""
    return next((one for one in schema if (one.kind, one.name) == (kind, name)), None)
