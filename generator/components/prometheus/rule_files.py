"""The files with Prometheus's rules: recorded series, and alerts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.components.dependencies.component import DependenciesPlan
from generator.components.prometheus.alerts import pipeline_alerts
from generator.components.prometheus.graph_alerts import graph_alerts
from generator.components.prometheus.machine_alerts import machine_alerts
from generator.components.prometheus.objective_alerts import objective_alerts
from generator.components.prometheus.objective_series import objective_series
from generator.components.prometheus.plan import MonitoringPlan
from generator.components.prometheus.recording import hop_series
from generator.components.services.plan import ServicesPlan
from generator.deployment.model import Deployment
from generator.pipeline import pipeline
from generator.spec.quantities import Duration
from generator.templates import render
from generator.workload import Workload

ALERTS = "prometheus/alerts.yml"
RECORDING = "prometheus/recording.yml"
RULES = (ALERTS, RECORDING)
# Objectives are evaluated less often than the rest, but at least once in Prometheus's lookback of 5 minutes.
_SELDOM = 4
_LONGEST_STEP_MS = 60_000


def rule_files(deployment: Deployment, workloads: Sequence[Workload]) -> Iterator[tuple[str, str]]:
    """Render the rules about all hops and objectives of a deployment."""
    hops = pipeline((workload.hop, workload.name) for workload in workloads)
    jobs = [workload.name for workload in workloads if workload.metrics]
    objectives = deployment[ServicesPlan].objectives
    step = objective_step(deployment[MonitoringPlan].interval)
    recorded = [
        ("hops", None, list(hop_series(hops, jobs))),
        ("objectives", step, list(objective_series(objectives))),
    ]
    alerts = [
        ("pipeline", list(pipeline_alerts(hops, jobs))),
        ("objectives", list(objective_alerts(objectives))),
        ("graph", list(graph_alerts(jobs, deployment[DependenciesPlan].every))),
        ("machine", list(machine_alerts(jobs, {workload.name: workload.memory for workload in workloads}))),
    ]
    yield RECORDING, render("prometheus/recording.yml.j2", groups=[group for group in recorded if group[2]])
    yield ALERTS, render("prometheus/alerts.yml.j2", groups=[group for group in alerts if group[1]])


def objective_step(interval: Duration) -> Duration:
    """Return the time between two evaluations of the rules about objectives.

    Args:
        interval: Time between two evaluations of the others.
    """
    return Duration(max(interval.milliseconds, min(_SELDOM * interval.milliseconds, _LONGEST_STEP_MS)))
