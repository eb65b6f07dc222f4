"""The OpenTelemetry Collector."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from generator.components.collector.versions import VERSIONS
from generator.deployment.memory import LARGEST_REQUEST
from generator.deployment.network import (
    COLLECTOR_HEALTH,
    COLLECTOR_METRICS,
    JAEGER_OTLP,
    OTLP_GRPC,
    OTLP_HTTP,
)
from generator.deployment.target import Target
from generator.overrides import COLLECTOR_OVERRIDE
from generator.spec.quantities import Size
from generator.templates import render
from generator.workload import Health, Mount, Volume, Workload

if TYPE_CHECKING:
    from generator.deployment.model import Deployment

# Bytes. Two names and a trace id make a key, which may have 64 KiB.
LONGEST_NAME = 1024
CONFIG = "collector/config.yaml"
# Where the image's user may write, once the volume is mounted there.
_DATA = "/var/lib/otelcol"


def files(deployment: Deployment) -> Iterator[tuple[str, str]]:
    """The collector's config."""
    network, plan = deployment.network, deployment.collector
    yield (
        CONFIG,
        render(
            "collector/config.yaml.j2",
            version=plan.version,
            health=network.bind(COLLECTOR_HEALTH),
            persistent=plan.persistent,
            queue_directory=deployment.layout.data("collector", _DATA) + "/queue",
            queue_file=plan.queue_file,
            # The collector's own defaults, where the file may grow that large.
            rebound_needed=min(Size(100 << 20), plan.queue_file.share(50)),
            rebound_trigger=min(Size(10 << 20), plan.queue_file.share(10)),
            otlp_grpc=network.bind(OTLP_GRPC),
            otlp_http=network.bind(OTLP_HTTP),
            memory=plan.memory,
            jaeger=network.reach(JAEGER_OTLP),
            queue=plan.queue,
            largest_request=LARGEST_REQUEST,
            longest_name=LONGEST_NAME,
            retry_at_most="5s",
            metrics_host=network.bind_host(),
            metrics_port=network.port(COLLECTOR_METRICS),
        ),
    )
    if deployment.overrides.collector and deployment.target is Target.NATIVE:
        # A copy beside the config: so a change of it is a change of the deployment.
        yield COLLECTOR_OVERRIDE, deployment.overrides.collector


def workloads(deployment: Deployment) -> Iterator[Workload]:
    """One collector."""
    plan, layout = deployment.collector, deployment.layout
    # The collector merges what comes later over what comes first.
    configs = (CONFIG, COLLECTOR_OVERRIDE) if deployment.overrides.collector else (CONFIG,)
    mounts = tuple(Mount(file, layout.rendered(file)) for file in configs)
    yield Workload(
        name="collector",
        title=f"OpenTelemetry Collector {plan.version}",
        image=VERSIONS[plan.version].image,
        program="otelcol",
        command=tuple(word for mount in mounts for word in ("--config", mount.path)),
        environment={"GOMEMLIMIT": f"{plan.memory.soft.mib}MiB"},
        mounts=mounts,
        volumes=(Volume("collector", layout.data("collector", _DATA)),),
        listens=(OTLP_GRPC, OTLP_HTTP, COLLECTOR_HEALTH, COLLECTOR_METRICS),
        memory=plan.memory.limit,
        resident=60,
        # The image has no shell and no client: nothing inside can ask.
        # It waits for nobody: what comes before Jaeger is ready is queued.
        health=Health("http", COLLECTOR_HEALTH),
        metrics=COLLECTOR_METRICS,
        stop_grace=35,
    )
