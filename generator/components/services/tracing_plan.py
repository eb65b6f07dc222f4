"""The plan for tracing in services."""

from __future__ import annotations

from dataclasses import dataclass

from generator.components.services.tracing import TRACING
from generator.deployment.platform import Platform
from generator.spec.model import Spec
from generator.spec.quantities import Duration


@dataclass(frozen=True, slots=True)
class TracingPlan:
    """The settings of tracing, the same for every service."""

    propagation: str
    export_delay: Duration
    export_timeout: Duration
    queue_spans: int


def plan_tracing(spec: Spec, platform: Platform) -> TracingPlan:
    """Return the plan for tracing."""
    del platform
    wish = spec[TRACING]
    return TracingPlan(
        propagation=wish.propagation,
        export_delay=wish.export_delay,
        # The SDK drops a batch after this time; a collector restarts faster.
        export_timeout=Duration.parse("30s"),
        queue_spans=wish.queue,
    )
