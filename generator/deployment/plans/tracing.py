"""What services are told about tracing."""

from __future__ import annotations

from dataclasses import dataclass

from generator.spec.model import Spec
from generator.spec.quantities import Duration


@dataclass(frozen=True, slots=True)
class TracingPlan:
    """What every service is told about tracing."""

    propagation: str
    export_delay: Duration
    export_timeout: Duration
    queue_spans: int


def plan_tracing(spec: Spec) -> TracingPlan:
    """Decide for the services."""
    return TracingPlan(
        propagation=spec.tracing.propagation,
        export_delay=spec.tracing.export_delay,
        # The SDK gives a batch up after this long; a collector restarts in less.
        export_timeout=Duration.parse("30s"),
        queue_spans=spec.tracing.queue,
    )
