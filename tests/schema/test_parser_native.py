"""Every statement that is rendered is read by Cassandra's own CQL parser, called in process from its jar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from generator.components.storage.cql import definition
from kit.operate.schema.compare import Remedy, differences
from kit.provision import Program
from tests.schema.dialects import DIALECTS, RETENTIONS, schema
from tests.schema.java import JavaProgram

pytestmark = pytest.mark.native

_CLASSES = {
    "CREATE KEYSPACE": "CreateKeyspaceStatement",
    "CREATE TYPE": "CreateTypeStatement",
    "CREATE TABLE": "CreateTableStatement",
    "ALTER KEYSPACE": "AlterKeyspaceStatement",
    "ALTER TABLE": "AlterTableStatement",
    "ALTER TYPE": "AlterTypeStatement",
    "DROP TABLE": "DropTableStatement",
}


@pytest.fixture(scope="module")
def parser(programs: Mapping[str, Program], tmp_path_factory: pytest.TempPathFactory) -> JavaProgram:
    return JavaProgram(programs, "ParseCql", tmp_path_factory.mktemp("java"))


def parse(parser: JavaProgram, statements: Sequence[str]) -> list[str]:
    answers = parser.run(stdin="".join(f"{statement}\0" for statement in statements)).splitlines()
    assert len(answers) == len(statements)
    return answers


def test_every_statement_of_every_dialect_is_cql(parser: JavaProgram) -> None:
    rendered = [
        statement
        for engine, version in DIALECTS
        for retention in RETENTIONS
        for statement in schema(engine, version, retention)
    ]
    assert len(rendered) == len(DIALECTS) * len(RETENTIONS) * 17
    for statement, answer in zip(rendered, parse(parser, rendered), strict=True):
        kind = " ".join(statement.split()[:2])
        assert f".{_CLASSES[kind]}$Raw" in answer, (statement, answer)


def test_every_statement_that_mends_a_difference_is_cql(parser: JavaProgram) -> None:
    mending = []
    for engine, version in DIALECTS:
        wanted = schema(engine, version, "30d", ", replication: {datacenter1: 3, other: 2}")
        definitions = [definition(statement) for statement in wanted]
        live = [definition(statement) for statement in schema(engine, version, "7d")]
        without = [
            definition(statement.replace(", source text", "").replace(", flags int", ""))
            for statement in schema(engine, version, "1h")
        ]
        for there in (live, without):
            found = differences(definitions, there, wanted)
            assert {one.remedy for one in found} >= {Remedy.ALTER, Remedy.BY_HAND}
            mending += [statement for one in found for statement in one.statements]
    for statement, answer in zip(mending, parse(parser, mending), strict=True):
        kind = " ".join(statement.split()[:2])
        assert f".{_CLASSES[kind]}" in answer, (statement, answer)
        assert not answer.startswith("refused"), (statement, answer)


@pytest.mark.parametrize(
    "broken",
    [
        "CREATE TABLE k.t (a int PRIMARY KEY) AND gc_grace_seconds = 1",
        "CREATE TABLE k.t (a int PRIMARY KEY) WITH compaction = {'class': 'X'",
        "CREATE TABLE k.t (a list<frozen<b>, PRIMARY KEY (a))",
        "CREATE KEYSPACE k WITH replication = {'class': 'NetworkTopologyStrategy' 'a': 1}",
        "ALTER TABLE k.t WITH default_time_to_live 1",
    ],
)
def test_what_is_no_cql_is_refused(parser: JavaProgram, broken: str) -> None:
    assert parse(parser, [broken])[0].startswith("refused: ")
