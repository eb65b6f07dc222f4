"""The plan for Grafana."""

from __future__ import annotations

from dataclasses import dataclass

from generator.components.prometheus.plan import plan_monitoring
from generator.components.prometheus.spec import MONITORING
from generator.deployment.platform import Platform
from generator.spec.model import Spec
from generator.spec.quantities import Size
from generator.spec.secret import Secret


@dataclass(frozen=True, slots=True)
class GrafanaPlan:
    """Decisions for Grafana.

    Attributes:
        runs: Whether it runs on this target. It has no native part, since no package registry has it.
        password: Source of the password of its user admin; None: the first start makes one.
        anonymous: Whether the dashboards need no login.
        memory: Memory limit of the container.
    """

    runs: bool
    password: Secret | None
    anonymous: bool
    memory: Size


def plan_grafana(spec: Spec, platform: Platform) -> GrafanaPlan:
    """Return the plan for Grafana, which runs with Prometheus if there are images."""
    wish = spec[MONITORING].grafana
    runs = wish.enabled and platform.has_images and plan_monitoring(spec, platform).runs
    return GrafanaPlan(runs, wish.password, wish.anonymous, wish.memory)
