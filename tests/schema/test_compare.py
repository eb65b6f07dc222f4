"""A live schema against the one that the spec asks for."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.components.storage.cql import Definition, definition
from generator.components.storage.lifetimes import ttl_seconds, window_seconds
from generator.components.storage.retention import MAX_WINDOWS
from generator.components.storage.tables import TABLES
from kit.operate.schema.answers import diff_answer
from kit.operate.schema.compare import Difference, Remedy, differences
from kit.operate.schema.schema_report import diff_lines
from tests.schema.dialects import DIALECTS, RETENTIONS, schema
from tests.schema.scylla_refuses import complaints

DATABASES = [("scylla", "2026.1.11"), ("cassandra", "5.0.9")]


def compare(wanted: list[str], live: list[str]) -> list[Difference]:
    return differences([definition(s) for s in wanted], [definition(s) for s in live], wanted)


def statements(found: list[Difference]) -> list[str]:
    return [statement for one in found for statement in one.statements]


@pytest.mark.parametrize(("engine", "version"), DIALECTS)
def test_a_schema_does_not_differ_from_itself(engine: str, version: str) -> None:
    rendered = schema(engine, version)
    assert compare(rendered, rendered) == []
    assert list(diff_lines([])) == ["the live schema matches the spec"]


def test_what_a_database_adds_or_spells_otherwise_is_no_difference() -> None:
    """As Cassandra 5.0 and ScyllaDB describe what they were given."""
    for engine, version in DATABASES:
        rendered = schema(engine, version)
        described = rendered
        for before, after in (
            ("'class': 'LZ4Comp", "'chunk_length_in_kb': '16', 'class': 'org.apache.cassandra.io.LZ4Comp"),
            ("'class': 'SizeT", "'min_threshold': '4', 'class': 'org.apache.cassandra.db.compaction.SizeT"),
            ("= 'NONE'", "= 'NEVER'" if engine == "cassandra" else "= 'NONE' AND comment = ''"),
            ("'mode': 'immediate'", "'mode': 'immediate', 'propagation_delay_in_seconds': '3600'"),
            (" AND tablets = {'enabled': true}", " AND durable_writes = true"),
        ):
            described = [statement.replace(before, after) for statement in described]
        assert described != rendered
        assert compare(rendered, described) == []


def test_what_is_missing_is_created() -> None:
    rendered = schema("scylla", "2026.1.11")
    found = compare(rendered, rendered[:3])
    assert {one.remedy for one in found} == {Remedy.CREATE}
    assert statements(found) == rendered[3:]
    assert statements(compare(rendered, [])) == rendered


@pytest.mark.parametrize(("engine", "version"), DIALECTS)
@pytest.mark.parametrize("after", RETENTIONS)
@pytest.mark.parametrize("before", RETENTIONS)
def test_retention_changes_with_its_window_in_one_statement(
    before: str, after: str, engine: str, version: str
) -> None:
    found = compare(schema(engine, version, after), schema(engine, version, before))
    assert {one.remedy for one in found} <= {Remedy.ALTER}
    for statement in statements(found):
        assert "compaction = " in statement
        assert "default_time_to_live = " in statement
    if engine == "scylla":
        assert complaints(statements(found), version) == []


@settings(max_examples=60)
@given(st.integers(3600, 314_496_000), st.integers(3600, 314_496_000))
def test_no_state_on_the_way_has_too_many_windows(before: int, after: int) -> None:
    old, new = schema("scylla", "2026.1.11", f"{before}s"), schema("scylla", "2026.1.11", f"{after}s")
    live: dict[str, Definition] = {one.name: one for one in map(definition, old) if one.kind == "TABLE"}
    for statement in statements(compare(new, old)):
        altered = definition(statement)
        merged = {**live[altered.name].properties, **altered.properties}
        live[altered.name] = Definition("CREATE", "TABLE", "k", altered.name, properties=merged)
        window, ttl = window_seconds(live[altered.name]), ttl_seconds(live[altered.name])
        assert window is None or (ttl is not None and ttl // window <= MAX_WINDOWS)
    assert {name: ttl_seconds(one) for name, one in live.items()} == {
        table.name: table.keeps.seconds if table.keeps else after for table in TABLES
    }


def test_no_index_ever_outlives_the_traces() -> None:
    longer = [
        one.what for one in compare(schema("scylla", "2026.1.11", "30d"), schema("scylla", "2026.1.11"))
    ]
    shorter = [
        one.what for one in compare(schema("scylla", "2026.1.11", "1d"), schema("scylla", "2026.1.11"))
    ]
    assert longer[0] == "table traces"
    assert shorter[-1] == "table traces"


def test_old_rows_keep_their_time_and_that_is_said_once() -> None:
    found = compare(schema("scylla", "2026.1.11", "30d"), schema("scylla", "2026.1.11"))
    text = "\n".join(diff_lines(found))
    assert "compaction {compaction_window_size: 504}, default_time_to_live 604800; the spec asks for" in text
    assert text.count("existing rows keep their old time to live") == 1


def test_options_are_altered_without_touching_others() -> None:
    rendered = schema("scylla", "2026.1.11")
    live = [s.replace("'immediate'", "'repair'") if ".traces" in s else s for s in rendered]
    (found,) = compare(rendered, live)
    assert found.remedy is Remedy.ALTER
    assert found.statements == (
        "ALTER TABLE jaeger_coupons.traces WITH tombstone_gc = {'mode': 'immediate'}",
    )
    assert found.found == "tombstone_gc {mode: repair}"


def test_a_column_that_is_missing_is_added() -> None:
    rendered = schema("cassandra", "5.0.9")
    live = [s.replace(", flags int", "").replace(", source text", "") for s in rendered]
    assert statements(compare(rendered, live)) == [
        "ALTER TYPE jaeger_coupons.dependency ADD source text",
        "ALTER TABLE jaeger_coupons.traces ADD flags int",
    ]


@pytest.mark.parametrize(
    ("now", "then", "found"),
    [
        ("PRIMARY KEY (trace_id, span_id, span_hash)", "PRIMARY KEY (trace_id, span_id)", "clustering key"),
        (
            "PRIMARY KEY ((service_name, bucket), start",
            "PRIMARY KEY (service_name, bucket, start",
            "partition key",
        ),
        (
            "(duration DESC, start_time DESC, trace_id ASC)",
            "(duration ASC, start_time DESC)",
            "clustering order",
        ),
        ("flags int", "flags bigint", "`flags bigint`"),
        ("call_count bigint", "call_count int", "`call_count int`"),
    ],
)
def test_what_can_not_be_altered_says_the_ways_out(now: str, then: str, found: str) -> None:
    rendered = schema("cassandra", "5.0.9")
    live = [s.replace(now, then) for s in rendered]
    assert live != rendered
    first = compare(rendered, live)[0]
    assert first.remedy is Remedy.REBUILD
    assert found in first.found
    assert any("storage.keyspace" in step for step in first.steps)
    assert diff_answer([first]).differences[0].in_place is False


def test_tablets_are_for_good() -> None:
    rendered = schema("scylla", "2026.1.11")
    live = [s.replace("{'enabled': true}", "{'enabled': false}") for s in rendered]
    assert [one.remedy for one in compare(rendered, live)] == [Remedy.REBUILD]
    assert [one.remedy for one in compare(live, rendered)] == [Remedy.REBUILD]


def test_replication_is_told_and_not_done() -> None:
    rendered = schema("cassandra", "5.0.9", "7d", ", replication: {datacenter1: 3, west: 1}")
    (found,) = compare(rendered, schema("cassandra", "5.0.9"))
    assert found.remedy is Remedy.BY_HAND
    copies = "{'class': 'NetworkTopologyStrategy', 'datacenter1': 3, 'west': 1}"
    assert found.statements == (f"ALTER KEYSPACE jaeger_coupons WITH replication = {copies}",)
    lines = list(diff_lines([found]))
    assert lines.index(f"    {found.statements[0]};") == len(lines) - 2
    assert any("nodetool repair -full jaeger_coupons" in step for step in found.steps)


def test_with_tablets_replication_goes_one_copy_at_a_time() -> None:
    rendered = schema("scylla", "2026.1.11", "7d", ", replication: {datacenter1: 3, west: 1}")
    (found,) = compare(rendered, schema("scylla", "2026.1.11"))
    copies = [definition(statement).mapping("replication") for statement in found.statements]
    steps = [(one.get("datacenter1"), one.get("west")) for one in copies]
    assert steps == [("2", "0"), ("3", "0"), ("3", "1")]
    assert complaints(found.statements, "2026.1.11") == []


def test_a_keyspace_of_simple_strategy_is_told() -> None:
    rendered = schema("cassandra", "5.0.9")
    live = [
        s.replace("NetworkTopologyStrategy', 'datacenter1'", "SimpleStrategy', 'replication_factor'")
        for s in rendered
    ]
    (found,) = compare(rendered, live)
    assert found.remedy is Remedy.BY_HAND
    assert "SimpleStrategy" in found.found


def test_racks_count_as_copies_and_stay_racks() -> None:
    """As ScyllaDB 2026 describes a keyspace with tablets: a list of racks for a number."""
    rendered = schema("scylla", "2026.1.11", "7d", ", replication: {datacenter1: 2}")
    racks = [s.replace("'datacenter1': 2", "'datacenter1': ['r1', 'r2']") for s in rendered]
    assert compare(rendered, racks) == []
    (found,) = compare(schema("scylla", "2026.1.11"), racks)
    assert found.remedy is Remedy.BY_HAND
    assert found.statements == ()
    assert any("list of racks" in step for step in found.steps)
