"""The OpenTelemetry Collector."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from generator.components.collector.hop import COLLECTOR
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
from generator.overrides import COLLECTOR_OVERRIDE
from generator.spec.quantities import Size
from generator.spec.secret import Secret
from generator.templates import render
from generator.workload import OWN_IMAGE, Health, Mount, Volume, Workload

if TYPE_CHECKING:
    from generator.deployment.model import Deployment
    from generator.deployment.plans.collector import CollectorPlan, FurtherExporter

RULES_MODULE = "generator.components.collector.collector_rules"
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
            rebound_needed=_rebound_needed(plan.queue_file),
            rebound_trigger=_rebound_trigger(plan.queue_file),
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
            redact=ottl_text(f"(?i)^(?:{plan.redact})$") if plan.redact else "",
            sampling=plan.sampling,
            processors=_processors(plan),
            exporters=["otlp_http/jaeger", *(["forward/further"] if plan.further else [])],
            further=[_further(deployment, exporter) for exporter in plan.further],
        ),
    )
    if deployment.overrides.collector and deployment.target is Target.NATIVE:
        # A copy beside the config: so a change of it is a change of the deployment.
        yield COLLECTOR_OVERRIDE, deployment.overrides.collector


def workloads(deployment: Deployment) -> Iterator[Workload]:
    """One collector; with images also the steps around it that its own can't do."""
    plan, layout = deployment.collector, deployment.layout
    # The collector merges what comes later over what comes first.
    configs = (CONFIG, COLLECTOR_OVERRIDE) if deployment.overrides.collector else (CONFIG,)
    mounts = tuple(Mount(file, layout.rendered(file)) for file in configs)
    images = deployment.target is Target.COMPOSE
    if images and plan.persistent:
        yield prepared_volume("collector")
    yield Workload(
        name="collector",
        title=f"OpenTelemetry Collector {plan.version}",
        image=VERSIONS[plan.version].image,
        program="otelcol",
        command=tuple(word for mount in mounts for word in ("--config", mount.path)),
        environment={"GOMEMLIMIT": f"{plan.memory.soft.mib}MiB"},
        mounts=mounts,
        volumes=(Volume("collector", layout.data("collector", _DATA)),) if plan.persistent else (),
        secrets=tuple(dict.fromkeys(secret for exporter in plan.further for secret in exporter.secrets)),
        listens=(OTLP_GRPC, OTLP_HTTP, COLLECTOR_HEALTH, COLLECTOR_METRICS),
        memory=plan.memory.limit,
        resident=60,
        read_only=True,
        unprivileged=True,
        # The image has no shell and no client: nothing inside can ask.
        # It does not wait for Jaeger: what comes before that is ready is queued.
        health=Health("http", COLLECTOR_HEALTH),
        metrics=COLLECTOR_METRICS,
        hop=COLLECTOR.name,
        after=("collector-volume",) if images and plan.persistent else (),
        stop_grace=35,
    )
    # Compose takes a step that ends for a failure, unless somebody waits for it.
    if images and (deployment.services.samples or deployment.services.own):
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


def _processors(plan: CollectorPlan) -> list[str]:
    return [
        "memory_limiter",
        *(["transform/redact"] if plan.redact else []),
        "transform/names",
        *(["tail_sampling"] if plan.sampling else []),
    ]


def _further(deployment: Deployment, exporter: FurtherExporter) -> dict[str, Any]:
    """What the template says of a further backend."""
    layout = deployment.layout
    files = {"ca_file": exporter.ca, "cert_file": exporter.certificate, "key_file": exporter.key}
    return {
        "name": exporter.name,
        "id": f"{exporter.component}/{exporter.name}",
        "endpoint": exporter.endpoint,
        "plain": "true" if exporter.plain else "false",
        "tls": [(name, layout.secret(Secret(file=path))) for name, path in files.items() if path],
        "headers": [
            (name, layout.in_config(value) if isinstance(value, Secret) else as_it_is(value))
            for name, value in exporter.headers.items()
        ],
        "compression": exporter.compression,
        "queue": exporter.queue,
        "file": exporter.queue_file,
        "rebound_needed": _rebound_needed(exporter.queue_file),
        "rebound_trigger": _rebound_trigger(exporter.queue_file),
        "directory": f"{layout.data('collector', _DATA)}/queue-{exporter.name}",
        "give_up": exporter.give_up,
    }


def as_it_is(text: str) -> str:
    """A text in a collector's config that is not to be read as a variable's name."""
    return text.replace("$", "$$")


def ottl_text(text: str) -> str:
    """A text as a string of the transform processor's language, in a collector's config."""
    return as_it_is(json.dumps(text))


def _rebound_needed(file: Size) -> Size:
    # This and the next are the collector's own defaults, where the file may grow that large.
    return min(Size(100 << 20), file.share(50))


def _rebound_trigger(file: Size) -> Size:
    return min(Size(10 << 20), file.share(10))
