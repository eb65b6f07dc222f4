"""The services that send traces: the three samples, or the user's own."""

from __future__ import annotations

from collections.abc import Iterator

from generator.component import Address, Component
from generator.components.services import own, samples
from generator.components.services.hop import SERVICES as HOP
from generator.components.services.objectives import OBJECTIVES
from generator.components.services.plan import ServicesPlan, plan_services
from generator.components.services.ports import (
    API_PORT,
    COUPON_API,
    COUPON_ISSUER_HEALTH,
    COUPON_NOTIFIER_HEALTH,
)
from generator.components.services.relations import relations_of_services
from generator.components.services.spec import SERVICES
from generator.components.services.tracing import TRACING
from generator.components.services.tracing_plan import plan_tracing
from generator.deployment.model import Deployment
from generator.workload import Workload


def workloads(deployment: Deployment) -> Iterator[Workload]:
    """Yield the services that the spec configures."""
    services = deployment[ServicesPlan]
    if services.samples:
        yield from samples.workloads(deployment)
    for service in services.own:
        yield own.workload(deployment, service)


def addresses(deployment: Deployment) -> Iterator[Address]:
    """Yield the address of the sample API, or of each service with a port."""
    services, url = deployment[ServicesPlan], deployment.network.url
    if services.samples:
        yield Address("coupon-api", url(COUPON_API), "the sample API", 20)
    for service in services.own:
        if service.listener:
            yield Address(service.name, url(service.listener), "your service", 21)


COMPONENT = Component(
    name="services",
    keys=(SERVICES, OBJECTIVES, TRACING),
    ports=(API_PORT,),
    relations=relations_of_services,
    plans=(plan_services, plan_tracing),
    listeners=(COUPON_API, COUPON_ISSUER_HEALTH, COUPON_NOTIFIER_HEALTH),
    workloads=workloads,
    addresses=addresses,
    hop=HOP,
)
