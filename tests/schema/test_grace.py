"""A list that is replaced, and a node that was away: what `gc_grace_seconds` of `dependencies_v2` is for."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from generator.components.storage.component import SCHEMA
from generator.kit_yaml import parse_spec
from generator.render import render_files
from generator.resolve import resolve
from generator.rules.cql import read_schema
from generator.targets import COMPOSE, NATIVE


@pytest.mark.parametrize("retention", ["1h", "36h", "7d", "52w"])
@pytest.mark.parametrize("engine", ["scylla", "cassandra"])
def test_the_graphs_tombstones_are_kept_as_long_as_its_elements(engine: str, retention: str) -> None:
    text = f"spec: 1\nname: shop\nstorage: {{engine: {engine}, retention: {retention}}}\n"
    for target in (COMPOSE, NATIVE):
        files = render_files(resolve(parse_spec(text), target, PurePosixPath("/srv/shop")))
        table = read_schema(files[SCHEMA]).tables["dependencies_v2"]
        said = files[SCHEMA].partition("dependencies_v2 (")[2].partition(";")[0]
        assert f"gc_grace_seconds = {table.ttl} " in said
