"""The dependency graph."""

from __future__ import annotations

from dataclasses import dataclass

from generator.spec import containers, kinds
from generator.spec.keys import option, section_key
from generator.spec.quantities import Duration


@dataclass(frozen=True)
class DependenciesSpec:
    """Which service calls which, for the graph in Jaeger."""

    every: Duration | None = option(
        containers.Maybe(kinds.duration("5m", "15s", "1d")), Duration.parse("5m"),
        "how long the graph may lag behind on scylla or cassandra; null: another job computes it, or nobody",
    )  # fmt: skip


DEPENDENCIES = section_key(
    "dependencies", DependenciesSpec, "which service calls which, for Jaeger's graph", 70
)
