"""A list that is replaced, and a node that was away: what `gc_grace_seconds` of `dependencies_v2` is for."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from generator.components.storage.component import SCHEMA
from generator.kit_yaml import parse_spec
from generator.render import render_files
from generator.resolve import resolve
from generator.rules.cql import read_schema
from generator.target import Target
from generator.targets import COMPOSE, NATIVE
from kit.provision import Program
from tests.native.stack import free_block
from tests.patience import PATIENCE_S
from tests.schema.node import Node, node

# Tombstones of a second stand for the 3 h of the other tables, or for ten days: shorter than the node was away.
_GRACES = {"kits": "", "shorter": "gc_grace_seconds = 1"}
_AWAY_SECONDS = 3
_INSERT = (
    "INSERT INTO {}.dependencies_v2 (ts_bucket, ts, dependencies) "
    "VALUES (0, %s, [{{parent: 'a', child: 'b', call_count: %s, source: ''}}])"
)
_SELECT = "SELECT dependencies FROM {}.dependencies_v2 WHERE ts_bucket = 0 AND ts = 0"


def rendered(engine: str, retention: str, target: Target) -> str:
    text = f"spec: 1\nname: shop\nstorage: {{engine: {engine}, retention: {retention}}}\n"
    return render_files(resolve(parse_spec(text), target, PurePosixPath("/srv/shop")))[SCHEMA]


@pytest.mark.parametrize("retention", ["1h", "36h", "7d", "52w"])
@pytest.mark.parametrize("engine", ["scylla", "cassandra"])
def test_the_graphs_tombstones_are_kept_as_long_as_its_elements(engine: str, retention: str) -> None:
    for target in (COMPOSE, NATIVE):
        schema = rendered(engine, retention, target)
        table = read_schema(schema).tables["dependencies_v2"]
        said = schema.partition("dependencies_v2 (")[2].partition(";")[0]
        assert f"gc_grace_seconds = {table.ttl} " in said


@pytest.mark.native
def test_old_elements_come_back_if_their_tombstone_was_collected_while_a_node_was_away(
    programs: Mapping[str, Program], tmp_path: Path
) -> None:
    port = free_block()
    joins = 'initial_token: "1"\nauto_bootstrap: false\n'
    second: Mapping[str, Any] = {
        "folder": tmp_path / "two",
        "port": port,
        "more": joins,
        "address": "127.0.0.2",
    }
    with node(programs, tmp_path / "one", port) as one:
        with node(programs, **second), one.cluster.session() as session:
            for name, grace in _GRACES.items():
                _make(session, name, grace)
                _write(session, name, at=0, calls=1, consistency="ALL")
        for name in _GRACES:
            _wait_for_one_file(one, name, above=0)
        with one.cluster.session() as session:
            for name in _GRACES:
                _write(session, name, at=0, calls=2, consistency="ONE")
            time.sleep(_AWAY_SECONDS)
            for name in _GRACES:
                before = _newest(one, name)
                # What is flushed with it is compacted with all that is there, and collects what may go.
                _write(session, name, at=1, calls=3, consistency="ONE")
                _wait_for_one_file(one, name, above=before + 1)
        with node(programs, **second), one.cluster.session() as session:
            found = {name: _calls(session, name) for name in _GRACES}
    assert found == {"kits": [2], "shorter": [1, 2]}


def _make(session: Any, name: str, grace: str) -> None:
    """The kit's table in a keyspace of its own, on two nodes; flushed and compacted without being asked to."""
    session.execute(
        f"CREATE KEYSPACE {name} WITH replication = {{'class': 'NetworkTopologyStrategy', 'datacenter1': 2}}"
    )
    for statement in re.sub(r"--.*", "", rendered("cassandra", "1h", NATIVE)).split(";"):
        if re.search(r"\.(dependency|dependencies_v2)\b", statement):
            own = statement.replace("jaeger_shop.", f"{name}.")
            session.execute(re.sub("gc_grace_seconds = [0-9]+", grace, own) if grace else own)
    session.execute(
        f"ALTER TABLE {name}.dependencies_v2 WITH memtable_flush_period_in_ms = 1000 AND "
        "compaction = {'class': 'SizeTieredCompactionStrategy', 'min_threshold': '2'}"
    )


def _write(session: Any, name: str, at: int, calls: int, consistency: str) -> None:
    _execute(session, _INSERT.format(name), (at, calls), consistency)


def _calls(session: Any, name: str) -> list[int]:
    row = _execute(session, _SELECT.format(name), (), "ALL").one()
    return [one.call_count for one in row.dependencies]


def _execute(session: Any, statement: str, values: tuple[int, ...], consistency: str) -> Any:
    """Wait until the nodes know each other as up."""
    from cassandra import ConsistencyLevel, Unavailable
    from cassandra.query import SimpleStatement

    end = time.monotonic() + PATIENCE_S
    asked = SimpleStatement(statement, consistency_level=ConsistencyLevel.name_to_value[consistency])
    while True:
        try:
            return session.execute(asked, values)
        except Unavailable:
            assert time.monotonic() < end, "a node does not see the other"
            time.sleep(0.5)


def _files(of: Node, name: str) -> list[int]:
    """The numbers of the files with rows."""
    return [int(file.name.split("-")[1]) for file in of.data.glob(f"{name}/dependencies_v2-*/*-Data.db")]


def _newest(of: Node, name: str) -> int:
    return max(_files(of, name), default=0)


def _wait_for_one_file(of: Node, name: str, above: int) -> None:
    """Wait until all rows are in one file, with a number above that."""
    end = time.monotonic() + PATIENCE_S
    while len(_files(of, name)) != 1 or _newest(of, name) <= above:
        assert time.monotonic() < end, f"not flushed and compacted: {_files(of, name)}"
        time.sleep(0.2)
