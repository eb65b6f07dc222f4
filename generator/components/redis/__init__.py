"""Redis: queues."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from generator.deployment.network import REDIS
from generator.spec.quantities import Size
from generator.workload import Health, Volume, Workload

if TYPE_CHECKING:
    from generator.deployment.model import Deployment


def files(deployment: Deployment) -> Iterator[tuple[str, str]]:
    """None: its few settings are arguments."""
    del deployment
    yield from ()


def workloads(deployment: Deployment) -> Iterator[Workload]:
    """One Redis, for the samples or when it is asked for."""
    if not deployment.services.redis:
        return
    network, plan = deployment.network, deployment.redis
    data = deployment.layout.data("redis", "/data")
    host, _, port = network.bind(REDIS).rpartition(":")
    yield Workload(
        name="redis",
        title="Redis",
        image=f"redis:{plan.version}",
        program="redis",
        command=(
            # With a title of its own it would hide its environment, by which `kit down` knows its processes.
            "--set-proc-title", "no",
            "--bind", host, "--port", port, "--dir", data,
            # A queue must survive its server: every write is on disk within a second.
            "--appendonly", "yes", "--appendfsync", "everysec", "--save", "",
            # Full means that writes fail; a queue that evicts loses work in silence.
            "--maxmemory", str(_data_limit(plan.memory).bytes), "--maxmemory-policy", "noeviction",
        ),
        volumes=(Volume("redis", data),),
        listens=(REDIS,),
        memory=plan.memory,
        resident=5,
        read_only=True,
        health=Health("redis", REDIS, inside=("redis-cli", "ping")),
        stop_grace=10,
    )  # fmt: skip


def _data_limit(memory: Size) -> Size:
    # The rest is for connections, and for the copy while the log is rewritten.
    return memory.share(60)
