"""A deployment: the spec with every decision taken, for one target."""

from __future__ import annotations

from dataclasses import dataclass

from generator.deployment.images import Images
from generator.deployment.layout import Layout
from generator.deployment.network import Network
from generator.deployment.plans.collector import CollectorPlan
from generator.deployment.plans.jaeger import JaegerPlan
from generator.deployment.plans.samples import PostgresPlan, RedisPlan
from generator.deployment.plans.services import ServicesPlan
from generator.deployment.plans.storage import StoragePlan
from generator.deployment.plans.tracing import TracingPlan
from generator.deployment.target import Target
from generator.overrides import NO_OVERRIDES, Overrides
from generator.spec.quantities import Duration


@dataclass(frozen=True, slots=True)
class Deployment:
    """Everything that rendering needs to know."""

    name: str
    target: Target
    network: Network
    layout: Layout
    images: Images
    tracing: TracingPlan
    services: ServicesPlan
    collector: CollectorPlan
    jaeger: JaegerPlan
    storage: StoragePlan
    redis: RedisPlan
    postgres: PostgresPlan
    dependencies_every: Duration | None
    overrides: Overrides = NO_OVERRIDES
