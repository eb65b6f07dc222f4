"""redis_exporter shows Redis and the named streams to Prometheus."""

from __future__ import annotations

from collections.abc import Iterator

from generator.component import Component
from generator.components.prometheus.plan import MonitoringPlan
from generator.components.redis.component import REDIS, RedisPlan
from generator.deployment.memory import go_memory_limit
from generator.deployment.model import Deployment
from generator.deployment.network import Listener
from generator.spec.quantities import Size
from generator.spec.sections.images import ImageKey
from generator.workload import Health, MetricsEndpoint, Workload

NAME = "redis-exporter"
VERSION = "1.91.1"
REDIS_EXPORTER = Listener(NAME, "metrics", 9121, native=12)
_MEMORY = Size(48 << 20)


def workloads(deployment: Deployment) -> Iterator[Workload]:
    """Yield one exporter, if Prometheus and Redis run."""
    plan = deployment[RedisPlan]
    if not (deployment[MonitoringPlan].runs and plan.runs):
        return
    official = deployment.platform.has_images
    yield Workload(
        name=NAME,
        title=f"redis_exporter {VERSION}" if official else "exporter of Redis",
        # The image with a shell and wget, for the health check.
        image=f"oliver006/redis_exporter:v{VERSION}-alpine",
        program="python",
        command=_official(deployment) if official else _own(deployment),
        listens=(REDIS_EXPORTER,),
        memory=_MEMORY,
        environment={"GOMEMLIMIT": go_memory_limit(_MEMORY)} if official else {},
        resident=15 if official else 40,
        processes=64,
        read_only=True,
        unprivileged=True,
        health=_health(official),
        metrics=MetricsEndpoint(REDIS_EXPORTER),
    )


def _official(deployment: Deployment) -> tuple[str, ...]:
    network, streams = deployment.network, deployment[RedisPlan].streams
    return (
        f"--redis.addr=redis://{network.reach(REDIS)}",
        f"--web.listen-address={network.bind(REDIS_EXPORTER)}",
        # By name: a pattern would scan all keys at each read.
        *((f"--check-single-streams={','.join(streams)}",) if streams else ()),
        # The name of a consumer is that of a process: each restart would make new series.
        "--streams-exclude-consumer-metrics",
        "--exclude-latency-histogram-metrics",
        "--redis-only-metrics",
    )


def _own(deployment: Deployment) -> tuple[str, ...]:
    network = deployment.network
    named = [word for stream in deployment[RedisPlan].streams for word in ("--stream", stream)]
    return (
        "-m", "kit.operate.inside.exporters.redis_exporter",
        "--listen", network.bind(REDIS_EXPORTER), "--redis", f"redis://{network.reach(REDIS)}", *named,
    )  # fmt: skip


def _health(official: bool) -> Health:
    # Both don't ask Redis: the exporter is healthy while Redis is down, and reports it.
    path = "/health" if official else "/healthz"
    inside = ("wget", "-q", "-O", "-", f"http://127.0.0.1:{REDIS_EXPORTER.port}{path}") if official else ()
    return Health("http", REDIS_EXPORTER, path=path, inside=inside)


COMPONENT = Component(
    name="redis_exporter",
    images=(ImageKey("redis_exporter", f"null is redis_exporter {VERSION}", 90),),
    listeners=(REDIS_EXPORTER,),
    workloads=workloads,
)
