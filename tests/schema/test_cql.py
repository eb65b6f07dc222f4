from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.components.storage.cql import CqlError, definition

# As ScyllaDB's DESCRIBE writes a table (schema/schema.cc schema_properties); ScyllaDB itself can't run here.
SCYLLA_TABLE = '''
CREATE TABLE k.duration_index (
    service_name text,
    bucket timestamp,
    "Odd ""name""" frozen<list<frozen<k.keyvalue>>>,
    trace_id blob,
    PRIMARY KEY ((service_name, bucket), trace_id)
) WITH CLUSTERING ORDER BY (trace_id DESC)
    AND bloom_filter_fp_chance = 0.01
    AND caching = {'keys': 'ALL', 'rows_per_partition': 'ALL'}
    AND comment = 'it''s; -- no end'
    AND compaction = {'class': 'TimeWindowCompactionStrategy', 'compaction_window_size': '504'}
    AND compression = {'sstable_compression': 'org.apache.cassandra.io.compress.LZ4Compressor'}
    AND crc_check_chance = 1
    AND default_time_to_live = 604800
    AND speculative_retry = 'NONE'
    AND tombstone_gc = {'mode': 'immediate', 'propagation_delay_in_seconds': '3600'};
'''


def test_a_described_table() -> None:
    table = definition(SCYLLA_TABLE)
    assert (table.action, table.kind, table.keyspace, table.name) == (
        "CREATE",
        "TABLE",
        "k",
        "duration_index",
    )
    assert table.columns['Odd "name"'] == "frozen<list<frozen<keyvalue>>>"
    assert table.partition_key == ("service_name", "bucket")
    assert table.clustering_key == ("trace_id",)
    assert table.order == {"trace_id": "DESC"}
    assert table.properties["comment"] == "it's; -- no end"
    assert table.mapping("tombstone_gc")["mode"] == "immediate"
    assert table.properties["crc_check_chance"] == "1"


def test_a_key_behind_its_column() -> None:
    table = definition("create table if not exists T (A text primary key, b map<text, int> static)")
    assert (table.keyspace, table.name, table.partition_key) == ("", "t", ("a",))
    assert table.columns == {"a": "text", "b": "map<text,int>"}


def test_a_keyspace_with_racks() -> None:
    text = "CREATE KEYSPACE k WITH replication = {'class': 'N', 'dc': ['r1', 'r2']} AND durable_writes = true"
    keyspace = definition(text)
    assert keyspace.mapping("replication")["dc"] == ["r1", "r2"]
    assert keyspace.title == "keyspace k"


def test_what_alter_adds() -> None:
    assert definition("ALTER TABLE k.t ADD a int").columns == {"a": "int"}
    assert definition("ALTER TABLE k.t ADD (a int, b frozen<c>)").columns == {"a": "int", "b": "frozen<c>"}


def test_what_is_given_twice() -> None:
    table = definition("ALTER TABLE k.t WITH comment = 'a' AND comment = 'b'")
    assert table.repeated == ("comment",)


@pytest.mark.parametrize(
    "text",
    ["", "SELECT a FROM b", "CREATE TABLE k.t", "CREATE TABLE k.t (a", "CREATE TABLE k.t (a int) WITH",
     "CREATE TABLE k.t (a int) WITH a", "CREATE TABLE k.t (a int) WITH a = {", "ALTER TABLE k.t DROP a",
     "CREATE TABLE k.t (a int) extra", "CREATE TABLE k.t (a int) WITH a = 'x", "CREATE TABLE k.t (a int) %"],
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(CqlError):
        definition(text)


@given(st.text(alphabet="CREATE TABLEWITHk.t(a int){}'\",:=;<>[]", max_size=80))
def test_any_text_is_a_definition_or_refused(text: str) -> None:
    with contextlib.suppress(CqlError):
        definition(text)
