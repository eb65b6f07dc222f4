"""What services are told about tracing."""

from __future__ import annotations

from dataclasses import dataclass

from generator.components.services.tracing import TRACING
from generator.deployment.platform import Platform
from generator.spec.model import Spec
from generator.spec.quantities import Duration


@dataclass(frozen=True, slots=True)
class TracingPlan:
    """What every service is told about tracing."""

    propagation: str
    export_delay: Duration
    export_timeout: Duration
    queue_spans: int


def plan_tracing(spec: Spec, platform: Platform) -> TracingPlan:
    """Decide for the services."""
    del platform
    wish = spec[TRACING]
    return TracingPlan(
        propagation=wish.propagation,
        export_delay=wish.export_delay,
        # The SDK gives a batch up after this long; a collector restarts in less.
        export_timeout=Duration.parse("30s"),
        queue_spans=wish.queue,
    )
