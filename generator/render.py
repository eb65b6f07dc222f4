"""Deployment ⇒ all its files. Pure: no network, no processes, no clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from generator.components import components
from generator.deployment.model import Deployment
from generator.fileset import FileSet
from generator.targets import target_named
from generator.tree.lock import digest
from generator.workload import Workload


def render_files(deployment: Deployment) -> FileSet:
    """Render a deployment's files; the same spec gives the same bytes."""
    return FileSet(_files(deployment))


def workloads_of(deployment: Deployment) -> list[Workload]:
    """Return the workloads of a deployment, by component; a sender comes after its receiver."""
    return [
        replace(workload, image=deployment.images.of(workload.name, workload.image))
        for component in components()
        for workload in component.workloads(deployment)
    ]


def _files(deployment: Deployment) -> Iterator[tuple[str, str]]:
    workloads = workloads_of(deployment)
    rendered = [file for component in components() for file in component.files(deployment, workloads)]
    yield from rendered
    known = {**deployment.overrides.texts(), **dict(rendered)}
    target = target_named(deployment.platform.target)
    yield from target.files(deployment, [_with_digests(workload, known) for workload in workloads])


def _with_digests(workload: Workload, texts: Mapping[str, str]) -> Workload:
    """Return the workload with the hash of each mounted file whose text is known."""
    mounts = (
        replace(mount, digest=digest(texts[mount.file].encode())) if mount.file in texts else mount
        for mount in workload.mounts
    )
    return replace(workload, mounts=tuple(mounts))
