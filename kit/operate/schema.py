"""The database's schema: applied statement by statement, then checked against what must be there."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from generator.components.scylla.statements import statements
from generator.components.scylla.tables import TABLES, TYPES
from kit.errors import MachineError, UserError

_REQUEST_SECONDS = 30.0
_AGREEMENT_SECONDS = 60.0
_RETRY_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done.

    Attributes:
        keyspace: where.
        statements: how many were run.
        created: tables and types that were not there before.
    """

    keyspace: str
    statements: int
    created: list[str]


@dataclass(frozen=True, slots=True)
class Cluster:
    """A database to talk to.

    Attributes:
        contact_points: `host:port` each.
        datacenter: the one that the driver treats as local.
        wait: seconds to wait for it to answer.
    """

    contact_points: Sequence[str]
    datacenter: str
    wait: float

    @contextlib.contextmanager
    def session(self) -> Iterator[Any]:
        """A session of the driver.

        Raises:
            MachineError: no node answers in time, or the datacenter has another name.
        """
        from cassandra.cluster import EXEC_PROFILE_DEFAULT, ExecutionProfile, NoHostAvailable
        from cassandra.cluster import Cluster as Driver
        from cassandra.connection import DefaultEndPoint
        from cassandra.policies import DCAwareRoundRobinPolicy

        # The driver reports each refused connection while the database starts.
        logging.getLogger("cassandra").setLevel(logging.CRITICAL)
        deadline = time.monotonic() + self.wait
        while True:
            profile = ExecutionProfile(
                load_balancing_policy=DCAwareRoundRobinPolicy(self.datacenter),
                request_timeout=_REQUEST_SECONDS,
            )
            driver = Driver(
                [DefaultEndPoint(*_host_port(point)) for point in self.contact_points],
                execution_profiles={EXEC_PROFILE_DEFAULT: profile},
                max_schema_agreement_wait=_AGREEMENT_SECONDS,
                protocol_version=4,
            )
            try:
                session = driver.connect()
                break
            except (NoHostAvailable, OSError) as error:
                driver.shutdown()
                if time.monotonic() >= deadline:
                    raise self._unreachable(error) from None
                time.sleep(_RETRY_SECONDS)
        try:
            yield session
        finally:
            driver.shutdown()

    def _unreachable(self, error: Exception) -> MachineError:
        points = ", ".join(self.contact_points)
        if "unable to connect" not in str(error).lower() and "datacenter" in str(error).lower():
            return MachineError(
                f"{points}: {error}", hint="`storage.replication` must name the nodes' own datacenter"
            )
        return MachineError(
            f"no database answers at {points} within {self.wait:g} s: {_first_reason(error)}",
            hint="`kit status` shows whether it runs",
        )


def apply(script: str, cluster: Cluster) -> Applied:
    """Run a schema's statements and check that all of it is there; a second time changes nothing.

    Raises:
        UserError: the script names no keyspace.
        MachineError: the database can't be reached, refuses a statement, or lacks something at the end.
    """
    todo = statements(script)
    keyspace = _keyspace(todo)
    with cluster.session() as session:
        before = set(_present(session, keyspace))
        for statement in todo:
            _run(session, statement)
        after = set(_present(session, keyspace))
        absent = _needed() - after
        if absent:
            raise MachineError(
                f"{keyspace} still lacks {', '.join(sorted(absent))}",
                hint="`kit schema apply` again; else see the log",
            )
    return Applied(keyspace, len(todo), sorted(after - before))


def missing(keyspace: str, cluster: Cluster) -> list[str]:
    """The tables and types that a keyspace lacks; empty when Jaeger can start.

    Raises:
        MachineError: the database can't be reached.
    """
    with cluster.session() as session:
        return sorted(_needed() - set(_present(session, keyspace)))


def _needed() -> set[str]:
    return {f"table {table.name}" for table in TABLES} | {f"type {name}" for name in TYPES}


def _present(session: Any, keyspace: str) -> Iterator[str]:
    tables = "SELECT table_name FROM system_schema.tables WHERE keyspace_name = %s"
    types = "SELECT type_name FROM system_schema.types WHERE keyspace_name = %s"
    for row in session.execute(tables, (keyspace,)):
        yield f"table {row.table_name}"
    for row in session.execute(types, (keyspace,)):
        yield f"type {row.type_name}"


def _run(session: Any, statement: str) -> None:
    from cassandra import DriverException, RequestExecutionException
    from cassandra.cluster import NoHostAvailable

    try:
        future = session.execute_async(statement)
        future.result()
    except (DriverException, RequestExecutionException, NoHostAvailable) as error:
        head = " ".join(statement.split())[:80]
        raise MachineError(
            f"the database refuses `{head}…`: {_first_reason(error)}",
            hint="what came before it stays, and is skipped the next time: mend the cause and apply again",
        ) from None
    if not future.is_schema_agreed:
        raise MachineError(
            f"the nodes did not agree on the schema within {_AGREEMENT_SECONDS:g} s",
            hint="check that all nodes are up, then apply again",
        )


def _keyspace(todo: Sequence[str]) -> str:
    for statement in todo:
        words = statement.split()
        if [word.upper() for word in words[:2]] == ["CREATE", "KEYSPACE"]:
            return words[5] if words[2].upper() == "IF" else words[2]
    raise UserError("the schema creates no keyspace", hint="`kit generate` renders it: scylla/schema.cql")


def _host_port(point: str) -> tuple[str, int]:
    host, _, port = point.rpartition(":")
    if not host or not port.isdigit():
        raise UserError(f"`{point}` is not host:port", hint="write it as 127.0.0.1:9042")
    return host, int(port)


def _first_reason(error: Exception) -> str:
    errors = getattr(error, "errors", None)
    if isinstance(errors, dict) and errors:
        return str(next(iter(errors.values())))
    return str(error)
