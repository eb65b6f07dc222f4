"""The OpenTelemetry Collector."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from generator.component import Address, Component
from generator.components.collector.hop import COLLECTOR as HOP
from generator.components.collector.listeners import (
    COLLECTOR_HEALTH,
    COLLECTOR_METRICS,
    GRPC_PORT,
    HTTP_PORT,
    OTLP_GRPC,
    OTLP_HTTP,
)
from generator.components.collector.plan import CollectorPlan, FurtherExporter, plan_collector
from generator.components.collector.queue_watch import before_start, watch
from generator.components.collector.ready import ready
from generator.components.collector.relations import relations_of_collector
from generator.components.collector.span_metrics import metrics_export
from generator.components.collector.spec import COLLECTOR
from generator.components.collector.versions import VERSIONS
from generator.components.dead_letters.listeners import DEAD_LETTERS_HTTP
from generator.components.dead_letters.plan import DeadLettersPlan
from generator.components.jaeger.listeners import JAEGER_OTLP
from generator.components.prepared_volume import USER, prepared_volume
from generator.components.prometheus.labels import PROMOTED
from generator.components.services.plan import ServicesPlan
from generator.deployment.memory import LARGEST_REQUEST
from generator.deployment.model import Deployment
from generator.deployment.network import Listener
from generator.deployment.under_way import SLOWEST_STORE
from generator.overrides import COLLECTOR_OVERRIDE
from generator.spec.quantities import Size
from generator.spec.secret import Secret
from generator.spec.sections.images import ImageKey
from generator.templates import render
from generator.workload import Health, MetricsEndpoint, Mount, Volume, Workload

# In bytes. Two names and a trace id make a key of the database, which must be below 64 KiB.
LONGEST_NAME = 1024
# In bytes. Prometheus keeps each label in memory.
LONGEST_LABEL = 200
# Maximum number of maps, and of lists, in the attributes of one span: JSON of that depth takes 3 MB of memory.
DEEPEST = 1000
CONFIG = "collector/config.yaml"
# The image's user can write here once the volume is mounted.
_DATA = "/var/lib/otelcol"


def files(deployment: Deployment, workloads: Sequence[Workload]) -> Iterator[tuple[str, str]]:
    """Yield the collector's config, and a copy of its override."""
    del workloads
    network, plan = deployment.network, deployment[CollectorPlan]
    metrics = metrics_export(deployment, plan.memory.limit)
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
            jaeger=network.reach(_next_hop(deployment)),
            queue=plan.queue,
            largest_request=LARGEST_REQUEST,
            longest_name=LONGEST_NAME,
            deepest=DEEPEST,
            slowest=SLOWEST_STORE,
            limits=plan.limits,
            retry_at_most="5s",
            metrics_host=network.bind_host(),
            metrics_port=network.port(COLLECTOR_METRICS),
            redact=ottl_text(f"(?i)^(?:{plan.redact})$") if plan.redact else "",
            sampling=plan.sampling,
            metrics=metrics,
            promoted=PROMOTED,
            deployment=deployment.name,
            longest_label=LONGEST_LABEL,
            processors=_processors(plan),
            exporters=["otlp_http/jaeger", *(["forward/further"] if plan.further else [])],
            further=[_further(deployment, exporter) for exporter in plan.further],
        ),
    )
    if deployment.overrides.collector and not deployment.platform.isolates_files:
        # A rendered copy: a change of the override then counts as a change of the deployment.
        yield COLLECTOR_OVERRIDE, deployment.overrides.collector


def workloads(deployment: Deployment) -> Iterator[Workload]:
    """Yield one collector; with images, also the steps that its image can't do itself."""
    plan, layout, platform = deployment[CollectorPlan], deployment.layout, deployment.platform
    # Order matters: the collector merges each config over the ones before it.
    configs = (CONFIG, COLLECTOR_OVERRIDE) if deployment.overrides.collector else (CONFIG,)
    mounts = tuple(Mount(file, layout.rendered(file)) for file in configs)
    prepared = plan.persistent and not platform.owns_volumes
    if prepared:
        yield prepared_volume("collector")
        yield watch(deployment)
    yield Workload(
        name="collector",
        title=f"OpenTelemetry Collector {plan.version}",
        image=VERSIONS[plan.version].image,
        program="otelcol",
        command=(
            *("--feature-gates", ",".join(VERSIONS[plan.version].feature_gates)),
            *(word for mount in mounts for word in ("--config", mount.path)),
        ),
        environment={"GOMEMLIMIT": f"{plan.memory.soft.mib}MiB"},
        mounts=mounts,
        volumes=(Volume("collector", layout.data("collector", _DATA), _disk(plan)),)
        if plan.persistent
        else (),
        secrets=tuple(dict.fromkeys(secret for exporter in plan.further for secret in exporter.secrets)),
        listens=(OTLP_GRPC, OTLP_HTTP, COLLECTOR_HEALTH, COLLECTOR_METRICS),
        memory=plan.memory.limit,
        resident=60,
        read_only=True,
        unprivileged=True,
        user=USER,
        # No check inside of the container: the image has no shell and no HTTP client.
        # Does not wait for Jaeger: spans that arrive before Jaeger is ready are queued.
        health=Health("http", COLLECTOR_HEALTH),
        metrics=MetricsEndpoint(COLLECTOR_METRICS),
        keeps={"queued-spans": "file"} if plan.persistent else {},
        version=plan.version,
        hop=HOP.name,
        before_start=before_start(deployment, layout.data("collector", _DATA)),
        after=("collector-volume",) if prepared else (),
        stop_grace=35,
    )
    # Only if a service waits for this step: otherwise Compose reports its end as a failure.
    services = deployment[ServicesPlan]
    if platform.has_images and (services.samples or services.own):
        yield ready(deployment)


def addresses(deployment: Deployment) -> Iterator[Address]:
    """Yield the addresses to which services outside of the deployment send their spans."""
    url = deployment.network.url
    yield Address("otlp-grpc", url(OTLP_GRPC), "OTLP over gRPC, for your own services", 30)
    yield Address("otlp-http", url(OTLP_HTTP), "OTLP over HTTP, for your own services", 31)


def _next_hop(deployment: Deployment) -> Listener:
    """Return the listener that the collector sends to: dead letters if enabled, else Jaeger."""
    return DEAD_LETTERS_HTTP if deployment[DeadLettersPlan].enabled else JAEGER_OTLP


def _processors(plan: CollectorPlan) -> list[str]:
    return [
        "memory_limiter",
        *(["transform/redact"] if plan.redact else []),
        *("transform/limits", "filter/limits", "transform/events"),
        *(["tail_sampling"] if plan.sampling else []),
    ]


def _further(deployment: Deployment, exporter: FurtherExporter) -> dict[str, Any]:
    """Return the template's values for a further backend."""
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
    """Escape `$`, so that a collector's config does not expand it as a variable."""
    return text.replace("$", "$$")


def ottl_text(text: str) -> str:
    """Quote a text as an OTTL string (the transform processor's language) in a collector's config."""
    return as_it_is(json.dumps(text))


def _rebound_needed(file: Size) -> Size:
    # 100 MiB here and 10 MiB below are the collector's defaults; a small file needs less.
    return min(Size(100 << 20), file.share(50))


def _rebound_trigger(file: Size) -> Size:
    return min(Size(10 << 20), file.share(10))


def _disk(plan: CollectorPlan) -> Size:
    return Size(plan.queue_file.bytes + sum(exporter.queue_file.bytes for exporter in plan.further))


COMPONENT = Component(
    name="collector",
    keys=(COLLECTOR,),
    ports=(GRPC_PORT, HTTP_PORT),
    images=(ImageKey("collector", "null: the contrib distribution of collector.version", 10),),
    relations=relations_of_collector,
    plans=(plan_collector,),
    listeners=(OTLP_GRPC, OTLP_HTTP, COLLECTOR_HEALTH, COLLECTOR_METRICS),
    workloads=workloads,
    addresses=addresses,
    files=files,
    rules="generator.components.collector.collector_rules",
    hop=HOP,
    part="kit.provision.otelcol",
)
