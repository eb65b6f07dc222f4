"""Every dialect of the schema, at retentions from the shortest to the longest."""

from __future__ import annotations

from functools import cache

from generator.components.storage.statements import statements
from generator.kit_yaml import parse_spec
from generator.render import render_files
from generator.resolve import resolve
from generator.targets import COMPOSE
from tests.generator.specs import HEAD

SCYLLA = ("6.2.3", "2025.1.14", "2025.4.10", "2026.1.11", "2026.2.5")
CASSANDRA = ("4.1.5", "5.0.9")
RETENTIONS = ("1h", "90m", "1d", "50h", "51h", "7d", "30d", "520w")
DIALECTS = [("scylla", version) for version in SCYLLA] + [("cassandra", version) for version in CASSANDRA]


@cache
def script(engine: str, version: str, retention: str = "7d", more: str = "") -> str:
    spec = f"storage: {{engine: {engine}, version: '{version}', retention: {retention}{more}}}\n"
    return render_files(resolve(parse_spec(HEAD + spec), COMPOSE))["scylla/schema.cql"]


def schema(engine: str, version: str, retention: str = "7d", more: str = "") -> list[str]:
    return statements(script(engine, version, retention, more))
