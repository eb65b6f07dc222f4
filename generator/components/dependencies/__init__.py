"""The scheduled service that fills Jaeger's dependency graph, which CQL storage leaves empty."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from generator.deployment.network import CQL
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
    yield Workload(
        name=NAME,
        title="dependency graph",
        image=OWN_IMAGE,
        program="python",
        command=(
            "-m", "kit", "dependencies", "--every", str(every), "--keyspace", storage.keyspace,
            "--contact-point", deployment.network.reach(CQL), "--datacenter", storage.datacenter, "--wait", "10s",
        ),
        memory=_MEMORY,
        resident=45,
        after=("schema",),
        stop_grace=15,
    )  # fmt: skip
