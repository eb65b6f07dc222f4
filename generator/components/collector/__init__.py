"""The OpenTelemetry Collector."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from generator.components.collector.versions import VERSIONS
from generator.components.prepared_volume import prepared_volume
from generator.deployment.memory import LARGEST_REQUEST
from generator.deployment.network import (
    COLLECTOR_HEALTH,
    COLLECTOR_METRICS,
    JAEGER_OTLP,
    OTLP_GRPC,
    OTLP_HTTP,
)
from generator.deployment.target import Target
from generator.spec.quantities import Size
from generator.templates import render
from generator.workload import OWN_IMAGE, Health, Mount, Volume, Workload

if TYPE_CHECKING:
    from generator.deployment.model import Deployment

# Bytes. Two names and a trace id make a key, which may have 64 KiB.
LONGEST_NAME = 1024
CONFIG = "collector/config.yaml"
READY = "collector-ready"
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


def workloads(deployment: Deployment) -> Iterator[Workload]:
    """One collector; with images also the steps around it that its own can't do."""
    plan, layout = deployment.collector, deployment.layout
    config = layout.rendered(CONFIG)
    images = deployment.target is Target.COMPOSE
    if images and plan.persistent:
        yield prepared_volume("collector")
    yield Workload(
        name="collector",
        title=f"OpenTelemetry Collector {plan.version}",
        image=VERSIONS[plan.version].image,
        program="otelcol",
        command=("--config", config),
        environment={"GOMEMLIMIT": f"{plan.memory.soft.mib}MiB"},
        mounts=(Mount(CONFIG, config),),
        volumes=(Volume("collector", layout.data("collector", _DATA)),) if plan.persistent else (),
        listens=(OTLP_GRPC, OTLP_HTTP, COLLECTOR_HEALTH, COLLECTOR_METRICS),
        memory=plan.memory.limit,
        resident=60,
        read_only=True,
        unprivileged=True,
        # The image has no shell and no client: nothing inside can ask.
        # It does not wait for Jaeger: what comes before that is ready is queued.
        health=Health("http", COLLECTOR_HEALTH),
        metrics=COLLECTOR_METRICS,
        after=("collector-volume",) if images and plan.persistent else (),
        stop_grace=35,
    )
    if images:
        yield _ready(deployment)


def _ready(deployment: Deployment) -> Workload:
    """The step that ends when the collector answers, asked from outside; who sends to it waits for that."""
    return Workload(
        name=READY,
        title="collector is ready",
        image=OWN_IMAGE,
        program="python",
        command=(
            "-m",
            "kit.operate.inside.wait_for",
            f"http://{deployment.network.reach(COLLECTOR_HEALTH)}/",
            "60",
        ),
        memory=Size(64 << 20),
        resident=0,
        processes=32,
        read_only=True,
        unprivileged=True,
        after=("collector",),
        once=True,
    )
