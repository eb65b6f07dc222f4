"""`kit schema` against a real Cassandra that is there already."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from kit.provision import Program
from tests.native.stack import Stack
from tests.schema.node import Node, node

pytestmark = pytest.mark.native

WINDOWED = ["traces", "service_operation_index", "service_name_index", "duration_index", "tag_index"]


@pytest.fixture(scope="module")
def existing(programs: Mapping[str, Program], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    folder = tmp_path_factory.mktemp("existing")
    with node(programs, folder, Stack(folder / "ports").base) as running:
        yield running


@pytest.fixture
def site(existing: Node, tmp_path: Path) -> Iterator[Site]:
    yield Site(Stack(tmp_path), existing)
    with existing.cluster.session() as session:
        session.execute("DROP KEYSPACE IF EXISTS jaeger_coupons")


class Site:
    """A folder with a spec that names the cluster, and the cluster's session."""

    def __init__(self, stack: Stack, existing: Node) -> None:
        self._stack, self.existing = stack, existing
        self.write("7d")

    def write(self, retention: str, replication: str = "{datacenter1: 1}") -> None:
        point = self.existing.contact_point
        self._stack.write_spec(
            f"storage: {{engine: cassandra, contact_points: ['{point}'], retention: {retention}, "
            f"replication: {replication}}}"
        )

    def schema(self, *arguments: str, expect: int = 0) -> Any:
        result = self._stack.kit("schema", *arguments, "--output", "json", timeout=120)
        assert result.returncode == expect, result.stdout + result.stderr
        return json.loads(result.stdout) if result.stdout else result.stderr

    def text(self, *arguments: str, expect: int = 0) -> tuple[str, str]:
        result = self._stack.kit("schema", *arguments, timeout=120)
        assert result.returncode == expect, result.stdout + result.stderr
        return result.stdout, result.stderr

    def execute(self, *statements: str) -> list[Any]:
        with self.existing.cluster.session() as session:
            return [session.execute(statement).one() for statement in statements]


def test_from_nothing_to_complete_and_back(site: Site) -> None:
    empty = site.schema("status", expect=1)
    assert not empty["complete"]
    assert len(empty["missing"]) == 16
    assert {one["remedy"] for one in site.schema("diff", expect=1)["differences"]} == {"create"}
    made = site.schema("apply")
    assert len(made["created"]) == 16
    assert made["statements"] == 17
    assert site.schema("apply")["statements"] == 0
    assert site.schema("diff")["equal"]
    full = site.schema("status")
    assert full["complete"]
    assert (full["engine"], full["engine_version"]) == ("cassandra", "5.0.9")
    assert full["replication"] == {"datacenter1": "1"}
    traces = next(table for table in full["tables"] if table["name"] == "traces")
    assert traces == {
        "name": "traces", "there": True, "ttl_seconds": 604_800, "window_seconds": 30_240, "windows": 20,
    }  # fmt: skip

    site.execute("DROP TABLE jaeger_coupons.tag_index")
    broken, _ = site.text("status", expect=1)
    assert "lacks table tag_index" in broken
    assert site.schema("apply")["created"] == ["table tag_index"]


@pytest.mark.parametrize("retention", ["30d", "1h"])
def test_a_change_of_retention(site: Site, retention: str) -> None:
    site.schema("apply")
    insert = "INSERT INTO jaeger_coupons.service_names (service_name) VALUES ('{}')"
    insert_index = (
        "INSERT INTO jaeger_coupons.service_name_index (service_name, bucket, start_time, trace_id)"
        " VALUES ('{}', 0, 1, 0x01)"
    )
    site.execute(insert.format("old"), insert_index.format("old"))
    site.write(retention)
    found = site.schema("diff", expect=1)["differences"]
    assert all(one["in_place"] for one in found)
    altered = [statement for one in found for statement in one["statements"]]
    for table in WINDOWED:
        (statement,) = [text for text in altered if f"jaeger_coupons.{table} " in text]
        assert "compaction_window_size" in statement
        assert "default_time_to_live" in statement
    shown, _ = site.text("diff", expect=1)
    assert all(f"{statement};" in shown for statement in altered)
    assert "existing rows keep their old time to live" in shown

    done = site.schema("apply")
    assert done["altered"] == altered
    assert site.schema("diff")["equal"]
    site.execute(insert_index.format("new"))
    lives = (
        "SELECT ttl(trace_id) AS lives FROM jaeger_coupons.service_name_index"
        " WHERE service_name = '{}' AND bucket = 0"
    )
    old, new = site.execute(lives.format("old"), lives.format("new"))
    expected = {"30d": 2_592_000, "1h": 3600}[retention]
    assert expected - 60 <= new.lives <= expected
    assert 604_800 - 120 <= old.lives <= 604_800


def test_replication_is_left_to_an_administrator(site: Site) -> None:
    site.schema("apply")
    site.write("7d", "{datacenter1: 3}")
    (found,) = site.schema("diff", expect=1)["differences"]
    assert found["remedy"] == "by hand"
    assert not found["in_place"]
    assert any("nodetool repair" in step for step in found["steps"])
    done, said = site.text("apply")
    assert "nothing was changed" in done
    assert "not changed: keyspace jaeger_coupons" in said
    # The statement is one that the database takes.
    site.execute(*found["statements"])
    assert site.schema("diff")["equal"]


def test_what_can_not_be_altered_is_refused_before_anything_changes(site: Site) -> None:
    site.schema("apply")
    site.execute(
        "DROP TABLE jaeger_coupons.service_name_index",
        "DROP TABLE jaeger_coupons.tag_index",
        "CREATE TABLE jaeger_coupons.service_name_index (service_name text, bucket int, start_time bigint,"
        " trace_id blob, PRIMARY KEY (service_name, bucket, start_time))",
    )
    _, refused = site.text("apply", expect=1)
    assert "table service_name_index has partition key (service_name)" in refused
    assert "nothing was changed" in refused
    assert "table tag_index" in site.schema("status", expect=1)["missing"]
    shown, _ = site.text("diff", expect=1)
    assert "storage.keyspace" in shown
    drop = "DROP TABLE jaeger_coupons.service_name_index"
    assert f"{drop};" in shown
    site.execute(drop)
    site.schema("apply")
    assert site.schema("diff")["equal"]


def test_another_engine_than_the_spec_says(site: Site) -> None:
    point = site.existing.contact_point
    site._stack.write_spec(f"storage: {{contact_points: ['{point}']}}")
    _, said = site.text("diff", expect=1)
    assert "is Cassandra 5.0.9, but kit.yaml says scylla" in said


def test_a_datacenter_that_the_nodes_do_not_know(site: Site) -> None:
    point = site.existing.contact_point
    site._stack.write_spec(
        f"storage: {{engine: cassandra, contact_points: ['{point}'], replication: {{elsewhere: 1}}}}"
    )
    result = site._stack.kit("schema", "status", "--wait", "1s", timeout=120)
    assert result.returncode == 1
    assert "no node is in datacenter `elsewhere` (the nodes are in `datacenter1`)" in result.stderr
