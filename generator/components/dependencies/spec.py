"""The dependency graph."""

from __future__ import annotations

from dataclasses import dataclass

from generator.spec import containers, kinds
from generator.spec.keys import option, section_key
from generator.spec.quantities import Duration


@dataclass(frozen=True)
class DependenciesSpec:
    """Jaeger's dependency graph: the calls between services."""

    every: Duration | None = option(
        containers.Maybe(kinds.duration("5m", "15s", "1d")), Duration.parse("5m"),
        "maximum age of the graph on scylla or cassandra; null: the kit does not compute it",
    )  # fmt: skip


DEPENDENCIES = section_key("dependencies", DependenciesSpec, "Jaeger's graph of calls between services", 70)
