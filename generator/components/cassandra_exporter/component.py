"""The kit's own exporter shows Cassandra's virtual tables to Prometheus: no agent in the JVM, and no JMX port."""

from __future__ import annotations

from collections.abc import Iterator

from generator.component import Component
from generator.components.prometheus.plan import MonitoringPlan
from generator.components.storage.access import access
from generator.components.storage.plan import StoragePlan
from generator.deployment.model import Deployment
from generator.deployment.network import Listener
from generator.spec.quantities import Size
from generator.workload import OWN_IMAGE, MetricsEndpoint, Workload, answers_in_own_image

NAME = "cassandra-exporter"
CASSANDRA_EXPORTER = Listener(NAME, "metrics", 9500, native=14)
# Measured: 58 MiB, most of it the driver.
_MEMORY = Size(128 << 20)


def workloads(deployment: Deployment) -> Iterator[Workload]:
    """Yield one exporter, if Prometheus runs and the traces are in Cassandra."""
    storage, network = deployment[StoragePlan], deployment.network
    if not deployment[MonitoringPlan].runs or storage.engine != "cassandra":
        return
    database = access(deployment)
    yield Workload(
        name=NAME,
        title="exporter of Cassandra",
        image=OWN_IMAGE,
        program="python",
        command=(
            "-m", "kit.operate.inside.exporters.cassandra_exporter",
            "--listen", network.bind(CASSANDRA_EXPORTER), "--keyspace", storage.keyspace,
            *database.arguments(deployment),
        ),
        mounts=database.mounts,
        secrets=database.secrets,
        listens=(CASSANDRA_EXPORTER,),
        memory=_MEMORY,
        resident=58,
        processes=64,
        read_only=True,
        scratch=("/tmp",),  # noqa: S108  # in its own container
        unprivileged=True,
        # Checks only itself: while Cassandra is down it is healthy, and reports it.
        health=answers_in_own_image(CASSANDRA_EXPORTER, "/healthz"),
        metrics=MetricsEndpoint(CASSANDRA_EXPORTER),
    )  # fmt: skip


COMPONENT = Component(name="cassandra_exporter", listeners=(CASSANDRA_EXPORTER,), workloads=workloads)
