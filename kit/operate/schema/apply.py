"""Create the schema, alter it where that is safe, and check that it is complete."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from generator.components.storage.tables import TABLES, TYPES
from kit.errors import MachineError, UserError
from kit.operate.schema.cluster import AGREEMENT_SECONDS, Cluster, first_reason
from kit.operate.schema.compare import Difference, Remedy, differences
from kit.operate.schema.live import describe, present, server
from kit.operate.schema.wanted import Wanted

_RETRY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Applied:
    """Changes that `apply` made.

    Attributes:
        keyspace: Keyspace of the schema.
        statements: Number of executed statements.
        created: Tables and types that did not exist before.
        altered: Statements that altered existing tables or types.
        left: Differences that remain, because an administrator must resolve them.
    """

    keyspace: str
    statements: int
    created: list[str]
    altered: list[str] = field(default_factory=list)
    left: list[Difference] = field(default_factory=list)


def apply(script: str, cluster: Cluster) -> Applied:
    """Create what is missing, alter what can be altered in place, and check that nothing is missing.

    A second call changes nothing. Nothing is dropped, and replication is left alone. If the database goes away in the
    middle, this waits for it, as at the beginning: the components that depend on this step would otherwise never start.

    Raises:
        UserError: The script names no keyspace, or the live schema can't be altered to match the script.
        MachineError: The database can't be reached, refuses a statement, or lacks a table or type at the end.
    """
    wanted = Wanted.of(script)
    deadline = time.monotonic() + cluster.wait
    while True:
        try:
            return _apply(wanted, cluster)
        except _away() as error:
            if time.monotonic() >= deadline:
                raise MachineError(
                    f"the connection to the database was lost: {first_reason(error)}",
                    hint="`kit status` shows whether it runs",
                ) from None
            time.sleep(_RETRY_SECONDS)


def _away() -> tuple[type[Exception], ...]:
    """Return the driver's exceptions for a database that no longer answers."""
    from cassandra import OperationTimedOut, Unavailable
    from cassandra.cluster import NoHostAvailable
    from cassandra.connection import ConnectionException

    return NoHostAvailable, OperationTimedOut, Unavailable, ConnectionException


def _apply(wanted: Wanted, cluster: Cluster) -> Applied:
    with cluster.session() as session:
        before = present(session, wanted.keyspace)
        found = _differences(session, wanted)
        _refuse(found, wanted.keyspace)
        create = [one for one in found if one.remedy is Remedy.CREATE]
        alter = [one for one in found if one.remedy is Remedy.ALTER]
        run = 0
        for difference in (*create, *alter):
            for statement in difference.statements:
                _run(session, statement)
                run += 1
        after = present(session, wanted.keyspace)
        if absent := needed() - after:
            raise MachineError(
                f"{wanted.keyspace} still lacks {', '.join(sorted(absent))}",
                hint="run `kit schema apply` again; if that fails, read the database's log",
            )
    return Applied(
        wanted.keyspace,
        run,
        sorted(after - before),
        [statement for difference in alter for statement in difference.statements],
        [one for one in found if one.remedy is Remedy.BY_HAND],
    )


def missing(keyspace: str, cluster: Cluster) -> list[str]:
    """Return the missing tables and types of a keyspace; empty if Jaeger can start.

    Raises:
        MachineError: The database can't be reached.
    """
    with cluster.session() as session:
        return sorted(needed() - present(session, keyspace))


def needed() -> set[str]:
    """Return the tables and types that Jaeger needs, in the form `table traces` or `type log`."""
    return {f"table {table.name}" for table in TABLES} | {f"type {name}" for name in TYPES}


def _differences(session: Any, wanted: Wanted) -> list[Difference]:
    try:
        live = describe(session, wanted.keyspace)
    except MachineError:
        # Creating works without a comparison: every statement of the script is IF NOT EXISTS.
        live = []
    return differences(wanted.definitions, live, wanted.statements)


def _refuse(found: Sequence[Difference], keyspace: str) -> None:
    other = [one for one in found if one.remedy is Remedy.REBUILD]
    if other:
        lines = [f"{one.what} has {one.found}, but the spec asks for {one.wanted}" for one in other]
        raise UserError(
            "\n".join([f"{keyspace} can't be altered to match the spec, and nothing was changed:", *lines]),
            hint="`kit schema diff` shows the alternatives",
        )


def _run(session: Any, statement: str) -> None:
    from cassandra import DriverException, RequestExecutionException

    try:
        future = session.execute_async(statement)
        future.result()
    except _away():
        raise
    except (DriverException, RequestExecutionException) as error:
        head = " ".join(statement.split())[:80]
        raise MachineError(
            f"{server(session).title} refuses `{head}…`: {first_reason(error)}",
            hint="compare this version with storage.version, correct the cause, apply again (earlier statements stay)",
        ) from None
    if not future.is_schema_agreed:
        raise MachineError(
            f"the nodes did not agree on the schema within {AGREEMENT_SECONDS:g} s",
            hint="check that all nodes are up, then apply again",
        )
