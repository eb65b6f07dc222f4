"""Rendered settings of a ScyllaDB node, its modes, and of Jaeger, the largest trace."""

from __future__ import annotations

import pytest
import yaml

from generator.kit_yaml import parse_spec
from generator.render import render_files, workloads_of
from generator.resolve import resolve
from generator.spec.problem import SpecError
from generator.targets import COMPOSE, NATIVE
from tests.generator.specs import HEAD


def command(spec: str) -> list[str]:
    plan = resolve(parse_spec(HEAD + spec), COMPOSE)
    (node,) = [workload for workload in workloads_of(plan) if workload.name == "scylla"]
    return list(node.command)


def test_by_default_a_node_is_in_developer_mode_and_tells_its_maker_nothing() -> None:
    words = command("")
    assert words[words.index("--developer-mode") + 1] == "1"
    assert "--disable-version-check" in words


def test_both_can_be_set() -> None:
    words = command("storage: {developer_mode: false, version_check: true}\n")
    assert words[words.index("--developer-mode") + 1] == "0"
    assert "--disable-version-check" not in words


@pytest.mark.parametrize(
    "storage", ["engine: cassandra", "engine: memory", "contact_points: ['db:9042']", "engine: badger"]
)
@pytest.mark.parametrize("key", ["developer_mode: false", "version_check: true"])
def test_without_a_node_of_scylladb_they_are_a_mistake(storage: str, key: str) -> None:
    with pytest.raises(SpecError, match="a ScyllaDB node that the kit runs"):
        parse_spec(HEAD + f"storage: {{{storage}, {key}}}\n")


@pytest.mark.parametrize(
    ("jaeger", "spans"),
    [("", 32_768), ("memory: 2GiB", 131_072), ("largest_trace: 5000", 5000), ('version: "2.13.0"', None)],
)
def test_jaeger_reads_a_bounded_part_of_a_trace(jaeger: str, spans: int | None) -> None:
    """2.13 has no such key."""
    plan = resolve(parse_spec(HEAD + f"jaeger: {{{jaeger}}}\n"), COMPOSE)
    query = yaml.safe_load(render_files(plan)["jaeger/config.yaml"])["extensions"]["jaeger_query"]
    assert query.get("max_trace_size") == spans


def test_natively_the_version_has_no_such_bound() -> None:
    assert "max_trace_size" not in render_files(resolve(parse_spec(HEAD), NATIVE))["jaeger/config.yaml"]
