"""Deployment ⇒ every file of it. Pure: no network, no processes, no clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from generator.components import components
from generator.deployment.model import Deployment
from generator.fileset import FileSet
from generator.targets import target_named
from generator.workload import Workload


def render_files(deployment: Deployment) -> FileSet:
    """Render a deployment's files, the same bytes for the same spec."""
    return FileSet(_files(deployment))


def workloads_of(deployment: Deployment) -> list[Workload]:
    """What a deployment runs, component by component: what sends comes behind what it sends to."""
    return [
        replace(workload, image=deployment.images.of(workload.name, workload.image))
        for component in components()
        for workload in component.workloads(deployment)
    ]


def _files(deployment: Deployment) -> Iterator[tuple[str, str]]:
    workloads = workloads_of(deployment)
    for component in components():
        yield from component.files(deployment, workloads)
    yield from target_named(deployment.platform.target).files(deployment, workloads)
