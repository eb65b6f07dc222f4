"""The scheduled service that fills Jaeger's dependency graph, which CQL storage leaves empty."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from generator.components.scylla.access import access
from generator.spec.quantities import Size
from generator.workload import OWN_IMAGE, Workload

if TYPE_CHECKING:
    from generator.deployment.model import Deployment

NAME = "dependencies"
# Measured: 45 MiB when idle; trace ids and the traces in hand are bounded.
_MEMORY = Size(160 << 20)


def files(deployment: Deployment) -> Iterator[tuple[str, str]]:
    """None: it is told everything by arguments."""
    del deployment
    yield from ()


def workloads(deployment: Deployment) -> Iterator[Workload]:
    """One, where the storage does not compute the graph itself."""
    storage, every = deployment.storage, deployment.dependencies_every
    if not storage.speaks_cql or every is None:
        return
    database = access(deployment)
    yield Workload(
        name=NAME,
        title="dependency graph",
        image=OWN_IMAGE,
        program="python",
        command=(
            "-m", "kit", "dependencies", "--every", str(every), "--keyspace", storage.keyspace,
            *database.arguments(deployment), "--wait", "10s",
        ),
        mounts=database.mounts,
        secrets=database.secrets,
        memory=_MEMORY,
        resident=45,
        processes=64,
        read_only=True,
        scratch=("/tmp",),  # noqa: S108  # in a container of its own
        unprivileged=True,
        after=("schema",),
        stop_grace=15,
    )  # fmt: skip
