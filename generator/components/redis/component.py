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

# The streams of the samples, with their dead letters.
_STREAMS = ("coupon.requests", "coupon.requests.dead", "coupon.issued", "coupon.issued.dead")
REDIS = Listener("redis", "redis", 6379, native=7)


@dataclass(frozen=True, slots=True)
class RedisPlan:
    """The decisions for Redis.

    Attributes:
        runs: Whether the deployment runs Redis.
        streams: Streams whose state is shown as metrics.
    """

    runs: bool
    streams: tuple[str, ...]
    version: str
    memory: Size


def plan_redis(spec: Spec, platform: Platform) -> RedisPlan:
    """Return the plan for Redis, which runs with the samples or with `redis.enabled`."""
    del platform
    wish = spec[KEY]
    runs = spec[SERVICES] is None if wish.enabled is None else wish.enabled
    own = _STREAMS if spec[SERVICES] is None else ()
    return RedisPlan(runs, own if wish.streams is None else wish.streams, wish.version, wish.memory)


def workloads(deployment: Deployment) -> Iterator[Workload]:
    """Yield one Redis if the plan has it."""
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
            # A process title would overwrite its environment, by which `kit down` finds its processes.
            "--set-proc-title", "no",
            "--bind", host, "--port", port, "--dir", data,
            # A queue must survive its server: every write is on disk within a second.
            "--appendonly", "yes", "--appendfsync", "everysec", "--save", "",
            # Writes fail when the memory is full: evicting entries would silently lose queued work.
            "--maxmemory", str(data_limit(plan.memory).bytes), "--maxmemory-policy", "noeviction",
        ),
        volumes=(Volume("redis", data, _disk(plan.memory)),),
        listens=(REDIS,),
        memory=plan.memory,
        resident=5,
        read_only=True,
        # `grep`: while Redis loads its file, `redis-cli` prints the error LOADING but exits with 0.
        health=Health("redis", REDIS, inside=("sh", "-c", "redis-cli ping | grep -qx PONG")),
        stop_grace=10,
    )  # fmt: skip


def _disk(memory: Size) -> Size:
    # The log of writes, and its new copy during a rewrite.
    return memory.share(200)


COMPONENT = Component(
    name="redis",
    keys=(KEY,),
    images=(ImageKey("redis", "null: the image of redis.version", 50),),
    plans=(plan_redis,),
    listeners=(REDIS,),
    workloads=workloads,
    part="kit.provision.redis",
)
