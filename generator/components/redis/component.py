"""Redis: queues."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from generator.component import Component
from generator.components.redis.budget import data_limit
from generator.components.redis.spec import REDIS as KEY
from generator.components.services.spec import SERVICES
from generator.deployment.model import Deployment
from generator.deployment.network import Listener
from generator.deployment.platform import Platform
from generator.spec.model import Spec
from generator.spec.quantities import Size
from generator.spec.sections.images import ImageKey
from generator.workload import Health, Volume, Workload

REDIS = Listener("redis", "redis", 6379, native=7)


@dataclass(frozen=True, slots=True)
class RedisPlan:
    """Redis's decisions.

    Attributes:
        runs: Whether there is one.
    """

    runs: bool
    version: str
    memory: Size


def plan_redis(spec: Spec, platform: Platform) -> RedisPlan:
    """Decide for Redis: it runs with the samples, or when it is asked for."""
    del platform
    wish = spec[KEY]
    runs = spec[SERVICES] is None if wish.enabled is None else wish.enabled
    return RedisPlan(runs, wish.version, wish.memory)


def workloads(deployment: Deployment) -> Iterator[Workload]:
    """One Redis, for the samples or when it is asked for."""
    network, plan = deployment.network, deployment[RedisPlan]
    if not plan.runs:
        return
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
            "--maxmemory", str(data_limit(plan.memory).bytes), "--maxmemory-policy", "noeviction",
        ),
        volumes=(Volume("redis", data, _disk(plan.memory)),),
        listens=(REDIS,),
        memory=plan.memory,
        resident=5,
        read_only=True,
        # While it reads its file it answers LOADING, which `redis-cli` prints, and exits with 0.
        health=Health("redis", REDIS, inside=("sh", "-c", "redis-cli ping | grep -qx PONG")),
        stop_grace=10,
    )  # fmt: skip


def _disk(memory: Size) -> Size:
    # The log of writes, and its successor while it is rewritten.
    return memory.share(200)


COMPONENT = Component(
    name="redis",
    keys=(KEY,),
    images=(ImageKey("redis", "null is that of redis.version", 50),),
    plans=(plan_redis,),
    listeners=(REDIS,),
    workloads=workloads,
    part="kit.provision.redis",
)
