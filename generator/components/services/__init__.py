"""The services that send traces: the three samples, or a user's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from generator.components.services import own, samples

if TYPE_CHECKING:
    from generator.deployment.model import Deployment
    from generator.workload import Workload


def files(deployment: Deployment) -> Iterator[tuple[str, str]]:
    """None: services are told everything by variables."""
    del deployment
    yield from ()


def workloads(deployment: Deployment) -> Iterator[Workload]:
    """Those that the spec asks for."""
    if deployment.services.samples:
        yield from samples.workloads(deployment)
    for service in deployment.services.own:
        yield own.workload(deployment, service)
