"""What ScyllaDB refuses: no dialect breaks a rule, and each rule can be broken."""

from __future__ import annotations

import pytest

from generator.components.scylla.versions import OLDEST
from generator.components.storage.relations import _OLDEST
from tests.schema.dialects import RETENTIONS, SCYLLA, schema
from tests.schema.scylla_refuses import REFUSALS, complaints

KEYSPACE = (
    "CREATE KEYSPACE k WITH replication = {'class': 'NetworkTopologyStrategy', 'dc': 1} AND tablets = {}"
)
TABLE = "CREATE TABLE k.t (a int, b int, c list<frozen<u>>, PRIMARY KEY (a, b)) WITH comment = ''"
TWCS = (
    "compaction = {'class': 'TimeWindowCompactionStrategy', 'compaction_window_unit': 'HOURS',"
    " 'compaction_window_size': '1'}"
)


@pytest.mark.parametrize("retention", RETENTIONS)
@pytest.mark.parametrize("version", SCYLLA)
def test_no_dialect_breaks_a_rule(version: str, retention: str) -> None:
    assert complaints(schema("scylla", version, retention), version) == []


BROKEN: list[tuple[str, str, list[str]]] = [
    ("names", "2026.1.11", [TABLE.replace("k.t", "k." + "t" * 49)]),
    ("a property is given once", "2026.1.11", [TABLE + " AND comment = 'x'"]),
    ("properties of a keyspace", "2026.1.11", [KEYSPACE.replace("tablets = {}", "retention = 7")]),
    ("properties of a table", "2026.1.11", [TABLE.replace("comment", "additional_write_policy")]),
    ("strategy of replication", "2026.2.5", [KEYSPACE.replace("NetworkTopology", "Simple")]),
    ("strategy of replication", "6.2.3", ["CREATE KEYSPACE k WITH durable_writes = true"]),
    ("copies", "2026.1.11", [KEYSPACE.replace("'dc': 1", "'dc': 'many'")]),
    ("copies", "2026.1.11", [KEYSPACE.replace(", 'dc': 1", "")]),
    ("tablets clause", "2026.1.11", [KEYSPACE.replace("{}", "{'enabled': 'maybe'}")]),
    ("tablets clause", "2026.1.11", [KEYSPACE.replace("{}", "{'enabled': false, 'initial': 8}")]),
    ("tablets are chosen at CREATE", "2026.1.11", ["ALTER KEYSPACE k WITH tablets = {'enabled': false}"]),
    ("no lightweight transactions on tablets", "6.2.3", schema("scylla", "2026.1.11")),
    ("no lightweight transactions on tablets", "2025.3.1", schema("scylla", "2026.1.11")),
    ("clustering order", "2026.1.11", [TABLE.replace("comment = ''", "CLUSTERING ORDER BY (a ASC)")]),
    ("clustering order", "2026.1.11", ["ALTER TABLE k.t WITH CLUSTERING ORDER BY (b ASC)"]),
    ("keys name columns", "2026.1.11", [TABLE.replace("(a, b)", "(a, d)")]),
    ("keys name columns", "2026.1.11", ["CREATE TABLE k.t (a int)"]),
    ("types in collections are frozen", "2026.1.11", [TABLE.replace("frozen<u>", "u")]),
    ("types in collections are frozen", "2026.1.11", ["CREATE TYPE k.t (a list<int>)"]),
    ("time to live", "2026.1.11", [TABLE + " AND default_time_to_live = 630720001"]),
    ("time to live", "2026.1.11", [TABLE + " AND default_time_to_live = '7d'"]),
    ("grace", "2026.1.11", [TABLE + " AND gc_grace_seconds = '3h'"]),
    ("options of compaction", "2026.1.11", [TABLE + " AND compaction = {'class': 'UnifiedStrategy'}"]),
    ("options of compaction", "2026.1.11", [TABLE + " AND " + TWCS.replace("_size", "_sizes")]),
    ("size of a window", "2026.1.11", [TABLE + " AND " + TWCS.replace("HOURS", "WEEKS")]),
    ("size of a window", "2026.1.11", [TABLE + " AND " + TWCS.replace(": '1'", ": '0'")]),
    ("at most 50 windows", "6.2.3", [TABLE + f" AND {TWCS} AND default_time_to_live = 183600"]),
    ("at most 50 windows", "2026.2.5", [TABLE + f" AND {TWCS}"]),
    ("at most 50 windows", "2026.2.5", ["ALTER TABLE k.t WITH default_time_to_live = 600"]),
    ("compressors", "2025.1.14", schema("scylla", "2026.1.11")),
    ("compressors", "6.2.3", [TABLE + " AND compression = {'class': 'LZ4Compressor'}"]),
    ("compressors with dictionaries", "2026.1.11",
     [TABLE + " AND compression = {'sstable_compression': 'LZ5Compressor'}"]),
    ("compressors with dictionaries", "2026.1.11",
     [TABLE + " AND compression = {'sstable_compression': 'ZstdCompressor', 'chunk_length_in_kb': 6}"]),
    ("tombstone_gc", "2026.1.11", [TABLE + " AND tombstone_gc = {'mode': 'at once'}"]),
    ("tombstone_gc by repair needs copies", "2026.1.11",
     [KEYSPACE, TABLE + " AND tombstone_gc = {'mode': 'repair'}"]),
    ("speculative retry", "2026.1.11", [TABLE + " AND speculative_retry = 'never'"]),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "version", "statements"), BROKEN)
def test_a_rule_can_be_broken(rule: str, version: str, statements: list[str]) -> None:
    broken = {complaint.partition(":")[0] for complaint in complaints(statements, version)}
    assert rule in broken


def test_every_rule_is_broken_here() -> None:
    assert {rule.name for rule in REFUSALS} == {name for name, _, _ in BROKEN}
    assert all(rule.source for rule in REFUSALS)


def test_50_windows_and_a_remainder_are_taken() -> None:
    just = TABLE + f" AND {TWCS} AND default_time_to_live = {51 * 3600 - 1}"
    assert not [text for text in complaints([just], "2026.1.11") if "windows" in text]


def test_a_rule_holds_for_its_versions_alone() -> None:
    repair = [KEYSPACE, TABLE + " AND tombstone_gc = {'mode': 'repair'}"]
    assert any("one copy" in text for text in complaints(repair, "2026.1.11"))
    assert not any("one copy" in text for text in complaints(repair, "2026.2.5"))


def test_the_spec_takes_no_version_that_no_row_knows() -> None:
    assert _OLDEST["scylla"] == OLDEST
