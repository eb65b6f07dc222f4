"""Prometheus reads the metrics of every component, and evaluates the alerts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from generator.component import Address, Component
from generator.components.alertmanager.listeners import ALERTMANAGER
from generator.components.alertmanager.plan import AlertsPlan
from generator.components.prometheus.labels import PROMOTED, application
from generator.components.prometheus.listeners import NAME, PROMETHEUS, PROMETHEUS_PORT
from generator.components.prometheus.plan import MonitoringPlan, plan_monitoring
from generator.components.prometheus.rule_files import RULES, rule_files
from generator.components.prometheus.spec import MONITORING
from generator.deployment.memory import go_memory_limit
from generator.deployment.model import Deployment
from generator.spec.quantities import Duration, Size
from generator.spec.sections.images import ImageKey
from generator.templates import render
from generator.workload import MetricsEndpoint, Mount, Volume, Workload, answers_to_wget

CONFIG = "prometheus/prometheus.yml"
VERSION = "3.16.0"
_DATA = "/prometheus"
# The image runs as this user.
_USER = 65534
# Longer than the collector retries, so that samples which waited in its queue are stored.
LATE = Duration.parse("10m")
# The head block and the write-ahead log are not part of the limit.
_BESIDE = Size(512 << 20)


@dataclass(frozen=True, slots=True)
class ScrapeJob:
    """A component whose metrics Prometheus reads.

    Attributes:
        name: Name of the component, and of the job.
        target: `host:port` of its metrics.
        path: Path of its metrics.
        kept: Regular expression of the metrics to keep; empty: all.
        application: Label `application` of its series.
    """

    name: str
    target: str
    path: str
    kept: str
    application: str


def files(deployment: Deployment, workloads: Sequence[Workload]) -> Iterator[tuple[str, str]]:
    """Render its config, with a scrape job for each component that has metrics, and the alerts."""
    plan, network, layout = deployment[MonitoringPlan], deployment.network, deployment.layout
    if not plan.runs:
        return
    jobs = [
        ScrapeJob(
            workload.name,
            network.reach(workload.metrics.listener),
            workload.metrics.path,
            workload.metrics.kept,
            application(deployment, workload.name),
        )
        for workload in workloads
        if workload.metrics
    ]
    yield (
        CONFIG,
        render(
            "prometheus/prometheus.yml.j2",
            interval=plan.interval,
            deployment=deployment.name,
            rules=[layout.rendered(path) for path in RULES],
            jobs=jobs,
            promoted=PROMOTED,
            late=LATE,
            alertmanager=network.reach(ALERTMANAGER) if deployment[AlertsPlan].runs else "",
        ),
    )
    yield from rule_files(deployment, workloads)


def workloads(deployment: Deployment) -> Iterator[Workload]:
    """One Prometheus, if the spec wants it on this target."""
    plan, layout, network = deployment[MonitoringPlan], deployment.layout, deployment.network
    if not plan.runs:
        return
    data = layout.data(NAME, _DATA)
    yield Workload(
        name=NAME,
        title=f"Prometheus {VERSION}",
        image=f"prom/prometheus:v{VERSION}",
        program=NAME,
        command=(
            f"--config.file={layout.rendered(CONFIG)}",
            f"--storage.tsdb.path={data}",
            f"--storage.tsdb.retention.time={plan.retention.seconds}s",
            f"--storage.tsdb.retention.size={plan.size.mib}MB",
            f"--web.listen-address={network.bind(PROMETHEUS)}",
            # Services push their metrics through the collector; an exemplar leads from a slow request to its trace.
            "--web.enable-otlp-receiver",
            "--enable-feature=exemplar-storage",
        ),
        mounts=tuple(Mount(path, layout.rendered(path)) for path in (CONFIG, *RULES)),
        volumes=(Volume(NAME, data, Size(plan.size.bytes + _BESIDE.bytes)),),
        listens=(PROMETHEUS,),
        memory=plan.memory,
        environment={"GOMEMLIMIT": go_memory_limit(plan.memory)},
        resident=70,
        read_only=True,
        unprivileged=True,
        user=_USER,
        health=answers_to_wget(PROMETHEUS, "/-/ready"),
        metrics=MetricsEndpoint(PROMETHEUS),
        keeps={"metrics": NAME},
        stop_grace=30,
    )


def addresses(deployment: Deployment) -> Iterator[Address]:
    """The UI and the query API."""
    if deployment[MonitoringPlan].runs:
        yield Address(NAME, deployment.network.url(PROMETHEUS), "Prometheus", 30)


COMPONENT = Component(
    name=NAME,
    keys=(MONITORING,),
    ports=(PROMETHEUS_PORT,),
    images=(ImageKey(NAME, f"null is Prometheus {VERSION}", 70),),
    plans=(plan_monitoring,),
    listeners=(PROMETHEUS,),
    workloads=workloads,
    addresses=addresses,
    files=files,
    rules="generator.components.prometheus.monitoring_rules",
    part="kit.provision.prometheus",
)
