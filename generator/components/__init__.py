"""The deployed components. To add one, add a folder here and a line in `MODULES`."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generator.component import Component

# A sender comes after its receiver and is stopped first, so that nothing it still holds is lost.
MODULES = [
    "generator.components.redis.component",
    "generator.components.postgres.component",
    "generator.components.cassandra.component",
    "generator.components.scylla.component",
    "generator.components.storage.component",
    "generator.components.jaeger.component",
    "generator.components.dead_letters.component",
    "generator.components.collector.component",
    "generator.components.services.component",
    "generator.components.dependencies.component",
    "generator.components.alertmanager.component",
    "generator.components.node_exporter.component",
    "generator.components.redis_exporter.component",
    "generator.components.postgres_exporter.component",
    "generator.components.cassandra_exporter.component",
    "generator.components.prometheus.component",
    "generator.components.grafana.component",
]


def components() -> tuple[Component, ...]:
    """Return all components: the `COMPONENT` of each module."""
    return _imported(tuple(MODULES))


@cache
def _imported(modules: tuple[str, ...]) -> tuple[Component, ...]:
    return tuple(import_module(module).COMPONENT for module in modules)
