"""JSON answers of `kit schema`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from kit.operate.schema.apply import Applied
from kit.operate.schema.compare import Difference, Remedy
from kit.operate.schema.status import Status, TableState


@dataclass(frozen=True, slots=True)
class ShowAnswer:
    """The schema that the spec asks for."""

    KIND: ClassVar = "schema.show"

    engine: Annotated[str, "scylla or cassandra"]
    engine_version: Annotated[str, "version of the database"]
    keyspace: Annotated[str, "Jaeger's keyspace"]
    statements: Annotated[Sequence[Annotated[str, "CQL"]], "in the order in which they are run"]


@dataclass(frozen=True, slots=True)
class ApplyAnswer:
    """Tables and types that were created or altered."""

    KIND: ClassVar = "schema.apply"

    ok: Annotated[bool, "always true; on failure there is an error and no answer"]
    keyspace: Annotated[str, "Jaeger's keyspace"]
    statements: Annotated[int, "number of executed statements"]
    created: Annotated[Sequence[Annotated[str, "a table or a type"]], "new tables and types"]
    altered: Annotated[Sequence[Annotated[str, "CQL"]], "statements that altered existing tables or types"]
    left: Annotated[
        Sequence[Annotated[str, "name of the differing part"]], "differences that were left alone"
    ]


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """A difference between the live schema and the spec's."""

    what: Annotated[str, "the keyspace, table, column, type or index"]
    found: Annotated[str, "actual state"]
    wanted: Annotated[str, "state in the spec"]
    remedy: Annotated[Remedy, "how to resolve it"]
    in_place: Annotated[bool, "whether `kit schema apply` resolves it"]
    statements: Annotated[
        Sequence[Annotated[str, "CQL"]], "statements that resolve it, run by apply or by an administrator"
    ]
    steps: Annotated[Sequence[Annotated[str, "a sentence"]], "manual steps and notes"]


@dataclass(frozen=True, slots=True)
class DiffAnswer:
    """Differences between the live schema and the spec's."""

    KIND: ClassVar = "schema.diff"

    equal: Annotated[bool, "whether nothing differs"]
    differences: Annotated[Sequence[DifferenceRow], "all differences"]


@dataclass(frozen=True, slots=True)
class StatusAnswer:
    """State of the schema in the database."""

    KIND: ClassVar = "schema.status"

    engine: Annotated[str, "engine of the running database: scylla or cassandra"]
    engine_version: Annotated[str, "version of the running database"]
    spec_engine: Annotated[str, "engine in the spec"]
    spec_version: Annotated[str, "version in the spec"]
    keyspace: Annotated[str, "Jaeger's keyspace"]
    complete: Annotated[bool, "whether Jaeger can start and write"]
    missing: Annotated[Sequence[Annotated[str, "a table or a type"]], "missing tables and types"]
    replication: Annotated[
        dict[str, Annotated[Any, "a number, or a list of racks"]],
        "replicas by datacenter, as the database reports them",
    ]
    tables: Annotated[Sequence[TableState], "all tables of Jaeger"]


def apply_answer(done: Applied) -> ApplyAnswer:
    """Return the answer of a successful apply. On failure the command ends with an error instead."""
    left = [one.what for one in done.left]
    return ApplyAnswer(
        ok=True,
        keyspace=done.keyspace,
        statements=done.statements,
        created=done.created,
        altered=done.altered,
        left=left,
    )


def diff_answer(found: Sequence[Difference]) -> DiffAnswer:
    """Return the differences, each with the way to resolve it."""
    rows = [
        DifferenceRow(
            what=one.what,
            found=one.found,
            wanted=one.wanted,
            remedy=one.remedy,
            in_place=one.remedy in (Remedy.CREATE, Remedy.ALTER),
            statements=one.statements,
            steps=one.steps,
        )
        for one in found
    ]
    return DiffAnswer(not rows, rows)


def status_answer(status: Status) -> StatusAnswer:
    """Return the state of a live schema, with times in seconds."""
    return StatusAnswer(
        engine=status.server.engine,
        engine_version=status.server.version,
        spec_engine=status.expected.engine,
        spec_version=status.expected.version,
        keyspace=status.keyspace,
        complete=status.complete,
        missing=status.missing,
        replication=status.replication,
        tables=status.tables,
    )
