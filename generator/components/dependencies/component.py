"""The scheduled service that computes Jaeger's dependency graph, which is empty otherwise on CQL storage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from generator.component import Component
from generator.components.dependencies.listeners import DEPENDENCIES_METRICS, NAME
from generator.components.dependencies.spec import DEPENDENCIES
from generator.components.prometheus.plan import MonitoringPlan
from generator.components.storage.access import access
from generator.components.storage.plan import StoragePlan
from generator.deployment.model import Deployment
from generator.deployment.platform import Platform
from generator.spec.model import Spec
from generator.spec.quantities import Duration, Size
from generator.workload import OWN_IMAGE, MetricsEndpoint, Workload

# Measured: 45 MiB when idle; the number of trace ids and traces in memory is bounded.
_MEMORY = Size(160 << 20)


@dataclass(frozen=True, slots=True)
class DependenciesPlan:
    """Interval at which the graph is computed; None: never."""

    every: Duration | None


def plan_dependencies(spec: Spec, platform: Platform) -> DependenciesPlan:
    """Return the plan for the graph."""
    del platform
    return DependenciesPlan(spec[DEPENDENCIES].every)


def workloads(deployment: Deployment) -> Iterator[Workload]:
    """Yield one workload, unless the storage computes the graph itself."""
    storage, every = deployment[StoragePlan], deployment[DependenciesPlan].every
    if not storage.speaks_cql or every is None:
        return
    database = access(deployment)
    watched = deployment[MonitoringPlan].runs
    metrics = ("--metrics", deployment.network.bind(DEPENDENCIES_METRICS)) if watched else ()
    yield Workload(
        name=NAME,
        title="dependency graph",
        image=OWN_IMAGE,
        program="python",
        command=(
            "-m", "kit", "dependencies", "--every", str(every), "--keyspace", storage.keyspace,
            *database.arguments(deployment), "--wait", "10s", *metrics,
        ),
        mounts=database.mounts,
        secrets=database.secrets,
        listens=(DEPENDENCIES_METRICS,) if watched else (),
        metrics=MetricsEndpoint(DEPENDENCIES_METRICS) if watched else None,
        memory=_MEMORY,
        resident=45,
        processes=64,
        read_only=True,
        scratch=("/tmp",),  # noqa: S108  # in its own container
        unprivileged=True,
        after=("schema",),
        stop_grace=15,
    )  # fmt: skip


COMPONENT = Component(
    name=NAME,
    keys=(DEPENDENCIES,),
    plans=(plan_dependencies,),
    listeners=(DEPENDENCIES_METRICS,),
    workloads=workloads,
)
