"""The plan for monitoring."""

from __future__ import annotations

from dataclasses import dataclass

from generator.components.prometheus.spec import MONITORING
from generator.deployment.platform import Platform
from generator.spec.model import Spec
from generator.spec.quantities import Duration, Size
from generator.spec.sections.native import NATIVE


@dataclass(frozen=True, slots=True)
class MonitoringPlan:
    """Decisions for Prometheus.

    Attributes:
        runs: Whether it runs on this target.
        retention: Age at which metrics are deleted.
        size: Disk for metrics.
        interval: Time between two reads of a component's metrics.
        memory: Memory limit of the container.
    """

    runs: bool
    retention: Duration
    size: Size
    interval: Duration
    memory: Size


def plan_monitoring(spec: Spec, platform: Platform) -> MonitoringPlan:
    """Decide for Prometheus: natively it runs only if it is wanted there, since it is built first."""
    wish = spec[MONITORING]
    runs = wish.enabled and (platform.has_images or spec[NATIVE].monitoring)
    return MonitoringPlan(runs, wish.retention, wish.size, wish.interval, wish.memory)
