"""The deployed components. Adding one is a folder here and a line in this list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from generator.deployment.model import Deployment
    from generator.workload import Workload


class Component(Protocol):
    """What each component's folder offers."""

    def files(self, deployment: Deployment) -> Iterator[tuple[str, str]]:
        """Path and text of each file it renders."""

    def workloads(self, deployment: Deployment) -> Iterator[Workload]:
        """What it needs to run; nothing where the deployment does without it."""


def components() -> tuple[Component, ...]:
    """All components; what sends comes behind what it sends to, and is stopped before it."""
    from generator.components import (
        cassandra,
        collector,
        dependencies,
        jaeger,
        postgres,
        redis,
        scylla,
        services,
    )

    return (redis, postgres, cassandra, scylla, jaeger, collector, services, dependencies)
