"""Read the schema in a database from the CQL of its `DESCRIBE`."""

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
    """The running database server.

    Attributes:
        engine: `scylla` or `cassandra`.
        version: Version of the engine.
    """

    engine: str
    version: str

    @property
    def title(self) -> str:
        """Name and version, such as `ScyllaDB 2026.1.11`."""
        return f"{'ScyllaDB' if self.engine == 'scylla' else 'Cassandra'} {self.version}"


def server(session: Any) -> Server:
    """Query the engine and version of a database: in `system.local` ScyllaDB calls itself Cassandra 3.0.8."""
    tables = "SELECT table_name FROM system_schema.tables WHERE keyspace_name = 'system'"
    names = {row.table_name for row in session.execute(tables)}
    if "versions" in names and "scylla_local" in names:
        return Server("scylla", session.execute("SELECT version FROM system.versions").one().version)
    return Server(
        "cassandra", session.execute("SELECT release_version FROM system.local").one().release_version
    )


def describe(session: Any, keyspace: str) -> list[Definition]:
    """Return the keyspace, its types and its tables; empty if there is no such keyspace.

    Raises:
        MachineError: The database can't describe itself, or its description can't be parsed.
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
            hint="this needs Cassandra 4.0, ScyllaDB 5.2, or newer",
        ) from None
    return [_read(row) for row in rows if row.type in _DESCRIBED]


def _read(row: Any) -> Definition:
    try:
        return definition(row.create_statement)
    except CqlError as error:
        raise MachineError(
            f"can't parse the database's description of {row.type} {row.name}: {error}",
            hint="`DESCRIBE KEYSPACE` in cqlsh shows it",
        ) from None


def present(session: Any, keyspace: str) -> set[str]:
    """Return the tables and types of a keyspace, in the form `table traces`; empty if there is no such keyspace."""
    tables = "SELECT table_name FROM system_schema.tables WHERE keyspace_name = %s"
    types = "SELECT type_name FROM system_schema.types WHERE keyspace_name = %s"
    found = {f"table {row.table_name}" for row in session.execute(tables, (keyspace,))}
    return found | {f"type {row.type_name}" for row in session.execute(types, (keyspace,))}


def find(schema: Sequence[Definition], kind: str, name: str) -> Definition | None:
    """Return a type or table of a schema, or the keyspace if the name is empty; None if it is missing."""
    return next((one for one in schema if (one.kind, one.name) == (kind, name)), None)
