"""postgres_exporter shows PostgreSQL to Prometheus."""

from __future__ import annotations

from collections.abc import Iterator

from generator.component import Component
from generator.components.postgres.component import DATABASE, POSTGRES, PostgresPlan
from generator.components.prometheus.plan import MonitoringPlan
from generator.deployment.memory import go_memory_limit
from generator.deployment.model import Deployment
from generator.deployment.network import Listener
from generator.spec.quantities import Size
from generator.spec.sections.images import ImageKey
from generator.workload import MetricsEndpoint, Workload, answers_to_wget

NAME = "postgres-exporter"
VERSION = "0.20.1"
POSTGRES_EXPORTER = Listener(NAME, "metrics", 9187)
_MEMORY = Size(48 << 20)


def workloads(deployment: Deployment) -> Iterator[Workload]:
    """Yield one exporter, if Prometheus and PostgreSQL run."""
    if not (deployment[MonitoringPlan].runs and deployment[PostgresPlan].runs):
        return
    network = deployment.network
    yield Workload(
        name=NAME,
        title=f"postgres_exporter {VERSION}",
        image=f"prometheuscommunity/postgres-exporter:v{VERSION}",
        program="postgres_exporter",
        command=(
            f"--web.listen-address={network.bind(POSTGRES_EXPORTER)}",
            # 300 series of settings, which don't change while it runs.
            "--no-collector.settings",
        ),
        environment={
            "DATA_SOURCE_URI": f"{network.reach(POSTGRES)}/{DATABASE}?sslmode=disable",
            "DATA_SOURCE_USER": DATABASE,
            "GOMEMLIMIT": go_memory_limit(_MEMORY),
        },
        listens=(POSTGRES_EXPORTER,),
        memory=_MEMORY,
        resident=20,
        processes=64,
        read_only=True,
        unprivileged=True,
        # `/` does not ask PostgreSQL: the exporter is healthy while the database is down, and reports it.
        health=answers_to_wget(POSTGRES_EXPORTER, "/"),
        metrics=MetricsEndpoint(POSTGRES_EXPORTER),
    )


COMPONENT = Component(
    name="postgres_exporter",
    images=(ImageKey("postgres_exporter", f"null is postgres_exporter {VERSION}", 100),),
    listeners=(POSTGRES_EXPORTER,),
    workloads=workloads,
)
