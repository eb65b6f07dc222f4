"""The scheduled service: where it is rendered, and what it is told."""

from __future__ import annotations

import pytest

from generator.kit_yaml import parse_spec
from generator.render import workloads_of
from generator.resolve import resolve
from generator.target import Target
from generator.targets import COMPOSE, NATIVE, TARGETS
from generator.workload import Workload
from tests.generator.specs import HEAD


def service(spec: str, target: Target = COMPOSE) -> Workload | None:
    found = [
        one for one in workloads_of(resolve(parse_spec(HEAD + spec), target)) if one.name == "dependencies"
    ]
    return found[0] if found else None


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("engine", ["scylla", "cassandra"])
def test_databases_have_one(engine: str, target: Target) -> None:
    found = service(f"storage: {{engine: {engine}}}\ndependencies: {{every: 90s}}\n", target)
    assert found is not None
    assert found.after == ("schema",)
    said = dict(zip(found.command[3::2], found.command[4::2], strict=True))
    assert (said["--every"], said["--keyspace"]) == ("90s", "jaeger_coupons")
    assert said["--contact-point"].endswith(":9042")


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    "spec", ["storage: {engine: memory}\n", "storage: {engine: badger}\n", "dependencies: {every: null}\n"]
)
def test_jaegers_own_storages_and_whoever_says_null_have_none(spec: str, target: Target) -> None:
    assert service(spec, target) is None


def test_it_is_started_last_and_stopped_with_the_services() -> None:
    """What stops before the collector must be what sends to it."""
    names = [one.name for one in workloads_of(resolve(parse_spec(HEAD), NATIVE))]
    assert names[-1] == "dependencies"
