"""What a program is told of the schema."""

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
    engine_version: Annotated[str, "of the database"]
    keyspace: Annotated[str, "Jaeger's"]
    statements: Annotated[Sequence[Annotated[str, "CQL"]], "in the order in which they are run"]


@dataclass(frozen=True, slots=True)
class ApplyAnswer:
    """What was made or altered."""

    KIND: ClassVar = "schema.apply"

    ok: Annotated[bool, "true: else there is an error and no answer"]
    keyspace: Annotated[str, "Jaeger's"]
    statements: Annotated[int, "statements that were run"]
    created: Annotated[Sequence[Annotated[str, "a table or a type"]], "that were not there before"]
    altered: Annotated[Sequence[Annotated[str, "CQL"]], "statements that altered what was there"]
    left: Annotated[Sequence[Annotated[str, "what differs"]], "differences that were left alone"]


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """A difference."""

    what: Annotated[str, "the keyspace, table, column, type or index"]
    found: Annotated[str, "what is there"]
    wanted: Annotated[str, "what the spec asks for"]
    remedy: Annotated[Remedy, "what mends it"]
    in_place: Annotated[bool, "whether `kit schema apply` mends it"]
    statements: Annotated[Sequence[Annotated[str, "CQL"]], "that mend it, or that an administrator runs"]
    steps: Annotated[Sequence[Annotated[str, "a sentence"]], "what to do, or to know"]


@dataclass(frozen=True, slots=True)
class DiffAnswer:
    """How the live schema differs from the spec's."""

    KIND: ClassVar = "schema.diff"

    equal: Annotated[bool, "whether nothing differs"]
    differences: Annotated[Sequence[DifferenceRow], "all of them"]


@dataclass(frozen=True, slots=True)
class StatusAnswer:
    """What the database holds."""

    KIND: ClassVar = "schema.status"

    engine: Annotated[str, "of the database that answers"]
    engine_version: Annotated[str, "its version"]
    spec_engine: Annotated[str, "that the spec asks for"]
    spec_version: Annotated[str, "that the spec asks for"]
    keyspace: Annotated[str, "Jaeger's"]
    complete: Annotated[bool, "whether Jaeger can start and write"]
    missing: Annotated[Sequence[Annotated[str, "a table or a type"]], "what is not there"]
    replication: Annotated[
        dict[str, Annotated[Any, "a number, or a list of racks"]],
        "copies by datacenter, as the database tells it",
    ]
    tables: Annotated[Sequence[TableState], "all of Jaeger's"]


def apply_answer(done: Applied) -> ApplyAnswer:
    """What was done; an error leaves before there is an answer."""
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
    """The differences, and which of them are mended in place."""
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
    """A live schema; times in seconds."""
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
