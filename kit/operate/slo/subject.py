"""Input of `kit slo`: the objectives of a spec, and the addresses of its Prometheus and Jaeger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from generator.components.prometheus.objective_series import BUDGET_WINDOW
from generator.components.prometheus.plan import MonitoringPlan
from generator.components.prometheus.rule_files import objective_step
from generator.components.services.plan import Objective, ServicesPlan
from generator.spec.quantities import Duration
from kit.errors import UserError
from kit.operate.runtimes import running_first


@dataclass(frozen=True, slots=True)
class Promised:
    """The objectives of a deployment, and where to measure them.

    Attributes:
        objectives: The objectives of the spec.
        prometheus: URL of Prometheus.
        jaeger: URL of Jaeger.
        step: Time between two values of a recorded series.
        budget_window: 30 days, or the retention of the metrics if it is shorter.
    """

    objectives: Sequence[Objective]
    prometheus: str
    jaeger: str
    step: Duration
    budget_window: Duration


def promised(spec: Path, prometheus: str, jaeger: str) -> Promised:
    """Read the spec, for the target that runs, else the default one.

    Args:
        spec: The spec.
        prometheus: URL from the command line; empty for that of the deployment.
        jaeger: The same for Jaeger.

    Raises:
        UserError: There is no spec or no objective, or monitoring is off.
        SpecError: The spec is invalid.
    """
    if not spec.exists():
        raise UserError(
            f"there is no {spec}, so the objectives are unknown",
            hint="go to a deployment's folder, or name its spec with --spec",
        )
    runtime = running_first(spec)[0]
    deployment = runtime.deployment
    plan, objectives = deployment[MonitoringPlan], deployment[ServicesPlan].objectives
    if not objectives:
        raise UserError(
            f"{spec} has no objectives",
            hint="add one: objectives: [{service: NAME, success: 99%, p99: 400ms}]",
        )
    if not plan.runs and not prometheus:
        raise UserError(
            f"monitoring is off on the target {runtime.name}, so nothing measures the objectives",
            hint="set `monitoring: {enabled: true}` in the spec, natively also `native: {monitoring: true}`; "
            "then kit up. kit traces endpoints judges objectives by the stored traces",
        )
    urls = runtime.urls
    address = prometheus or urls.get("prometheus", "")
    if not address:
        raise UserError("the deployment runs without Prometheus: it was started before", hint="kit up")
    return Promised(
        objectives=objectives,
        prometheus=address,
        jaeger=jaeger or urls["jaeger"],
        step=objective_step(plan.interval),
        budget_window=min(Duration.parse(BUDGET_WINDOW), plan.retention),
    )
