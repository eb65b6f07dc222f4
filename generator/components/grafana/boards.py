"""The dashboards of a deployment: those whose metrics it has. Their JSON comes from the package `dashboards`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from generator.components.redis.component import RedisPlan
from generator.components.services.plan import ServicesPlan
from generator.components.storage.plan import StoragePlan
from generator.deployment.model import Deployment

_FOLDER = Path(__file__).with_name("dashboards")


def dashboards(deployment: Deployment) -> Iterator[tuple[str, str]]:
    """Yield file name and JSON of each dashboard; one that would stay empty is left out."""
    for name, file in _names(deployment):
        yield f"{name}.json", (_FOLDER / f"{file}.json").read_text(encoding="utf-8")


def _names(deployment: Deployment) -> Iterator[tuple[str, str]]:
    """Yield name in the deployment and name here, in the order of the docs."""
    storage = deployment[StoragePlan]
    yield from ((name, name) for name in ("overview", "services"))
    if deployment[ServicesPlan].samples:
        yield "coupons", "coupons"
    if deployment[RedisPlan].runs:
        yield "queues", "queues"
    yield "pipeline", "pipeline"
    if storage.speaks_cql:
        yield "storage", f"storage-{storage.engine}"
    yield "host", "host"
