from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.components.storage.dialects import dialect
from generator.components.storage.retention import MAX_WINDOWS, compaction_window, name_cache
from generator.components.storage.statements import statements
from generator.components.storage.tables import TABLES, TYPES
from generator.render import render_files
from generator.spec.quantities import Duration
from tests.generator.specs import deployment


def schema(name: str) -> str:
    return render_files(deployment(name))["scylla/schema.cql"]


@given(st.integers(min_value=3_600_000, max_value=520 * 604_800_000))
def test_no_retention_makes_more_windows_than_scylla_takes(milliseconds: int) -> None:
    retention = Duration(milliseconds)
    window = compaction_window(retention)
    assert window.milliseconds % 60_000 == 0
    assert retention.seconds // window.seconds <= 20 < MAX_WINDOWS


def test_windows_for_common_retentions() -> None:
    assert {text: compaction_window(Duration.parse(text)).seconds // 60 for text in ("1h", "1d", "7d", "30d")} == {
        "1h": 10, "1d": 72, "7d": 504, "30d": 2160,
    }  # fmt: skip


@given(st.integers(min_value=3_600_000, max_value=520 * 604_800_000))
def test_a_name_is_never_cached_longer_than_half_its_row_lives(milliseconds: int) -> None:
    assert name_cache(Duration(milliseconds)).milliseconds * 2 <= milliseconds


@pytest.mark.parametrize("name", ["minimal", "cassandra", "unusual"])
def test_the_schema_makes_every_table_and_type_once(name: str) -> None:
    text = schema(name)
    made = re.findall(r"CREATE (TABLE|TYPE) IF NOT EXISTS \w+\.(\w+)", text)
    assert [n for kind, n in made if kind == "TABLE"] == [table.name for table in TABLES]
    assert sorted(n for kind, n in made if kind == "TYPE") == sorted(TYPES)
    assert len(statements(text)) == 1 + len(TABLES) + len(TYPES)


def test_every_table_lets_its_rows_expire() -> None:
    for statement in statements(schema("minimal")):
        if statement.startswith("CREATE TABLE"):
            assert re.search(r"default_time_to_live = [1-9]\d*", statement), statement


def test_the_dialects() -> None:
    scylla, cassandra = schema("minimal"), schema("cassandra")
    assert "tombstone_gc" in scylla
    assert "tablets = {'enabled': true}" in scylla
    assert "tombstone_gc" not in cassandra
    assert "tablets" not in cassandra
    assert "'dc-east': 1" in cassandra


def test_a_lease_needs_transactions_which_old_tablets_lack() -> None:
    assert "'enabled': false" in dialect("scylla", "6.2.3").keyspace_options
    assert "'enabled': false" in dialect("scylla", "2025.1.14").keyspace_options
    assert "'enabled': true" in dialect("scylla", "2025.4.10").keyspace_options
    assert "'enabled': true" in dialect("scylla", "2027.1.0").keyspace_options


def test_replication_by_datacenter() -> None:
    assert "'class': 'NetworkTopologyStrategy', 'a': 3, 'b': 2}" in schema("unusual")


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("", []),
        ("a;b", ["a", "b"]),
        ("a; -- b; c\nd;", ["a", "d"]),
        ("a /* ; */ b;", ["a  b"]),
        ("// x;\na;", ["a"]),
        ("SELECT ';' FROM t; b", ["SELECT ';' FROM t", "b"]),
        ("SELECT 'it''s; fine'; b", ["SELECT 'it''s; fine'", "b"]),
        ('SELECT "a;b"; c', ['SELECT "a;b"', "c"]),
        ("SELECT '--;'; c", ["SELECT '--;'", "c"]),
        ("a - b / c;", ["a - b / c"]),
    ],
)
def test_statements_end_at_semicolons_that_stand_alone(script: str, expected: list[str]) -> None:
    assert statements(script) == expected
