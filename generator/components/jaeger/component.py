"""Jaeger v2."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.component import Address, Component
from generator.components.dead_letters.plan import DeadLettersPlan
from generator.components.jaeger.hop import JAEGER as HOP
from generator.components.jaeger.listeners import (
    JAEGER_AT_ONCE,
    JAEGER_HEALTH,
    JAEGER_METRICS,
    JAEGER_OTLP,
    JAEGER_PORT,
    JAEGER_QUERY,
    JAEGER_QUERY_GRPC,
)
from generator.components.jaeger.plan import JaegerPlan, plan_jaeger
from generator.components.jaeger.spec import JAEGER
from generator.components.jaeger.versions import VERSIONS
from generator.components.prepared_volume import USER, prepared_volume
from generator.components.prometheus.listeners import PROMETHEUS
from generator.components.prometheus.plan import MonitoringPlan
from generator.components.storage.access import access
from generator.components.storage.plan import StoragePlan
from generator.components.storage.relations import port_of
from generator.deployment.model import Deployment
from generator.deployment.under_way import LARGEST_BATCH_BYTES
from generator.overrides.merge import merge_ui
from generator.spec.quantities import Size
from generator.spec.sections.images import ImageKey
from generator.templates import render
from generator.workload import MetricsEndpoint, Mount, Volume, Workload, answers_to_wget

CONFIG = "jaeger/config.yaml"
UI = "jaeger/ui.json"
_DATA = "/var/lib/jaeger"
_UI_ASSETS = "/usr/share/jaeger-ui"
_DISK = Size.parse("20GiB")


def files(deployment: Deployment, workloads: Sequence[Workload]) -> Iterator[tuple[str, str]]:
    """Yield the configs of Jaeger and of its UI."""
    del workloads
    network, plan, layout = deployment.network, deployment[JaegerPlan], deployment.layout
    storage, monitored = deployment[StoragePlan], deployment[MonitoringPlan].runs
    yield (
        CONFIG,
        render(
            "jaeger/config.yaml.j2",
            version=plan.version,
            embedded_collector=VERSIONS[plan.version].embedded_collector,
            health=network.bind(JAEGER_HEALTH),
            backend=storage.engine,
            base_path=plan.base_path,
            ui_config=layout.rendered(UI),
            ui_assets=layout.users(plan.ui_assets, _UI_ASSETS) if plan.ui_assets else None,
            query_http=network.bind(JAEGER_QUERY),
            query_grpc=network.bind(JAEGER_QUERY_GRPC),
            held_traces=plan.held_traces,
            largest_trace=plan.largest_trace if VERSIONS[plan.version].bounds_traces else None,
            data_directory=layout.data("jaeger", _DATA),
            storage=storage,
            database=access(deployment),
            database_port=_discovered_port(storage),
            credentials=[layout.in_config(secret) for secret in access(deployment).secrets],
            otlp=network.bind(JAEGER_OTLP),
            at_once=network.bind(JAEGER_AT_ONCE) if deployment[DeadLettersPlan].enabled else None,
            largest_batch=LARGEST_BATCH_BYTES,
            queue=plan.queue,
            prometheus=deployment.network.reach(PROMETHEUS) if monitored else None,
            metrics_host=network.bind_host(),
            metrics_port=network.port(JAEGER_METRICS),
        ),
    )
    days = max(1, storage.retention.seconds // 86_400)
    label = f"{days} days" if days > 1 else "1 day"
    ui = render("jaeger/ui.json.j2", lookback=f"{days}d", lookback_label=label, monitored=monitored)
    yield UI, merge_ui(ui, deployment.overrides.jaeger_ui)


def workloads(deployment: Deployment) -> Iterator[Workload]:
    """Yield one Jaeger; for Badger with images, also the step that prepares its volume."""
    plan, layout, storage = deployment[JaegerPlan], deployment.layout, deployment[StoragePlan]
    platform = deployment.platform
    config = layout.rendered(CONFIG)
    mounts = [Mount(CONFIG, config), Mount(UI, layout.rendered(UI))]
    if plan.ui_assets and platform.isolates_files:
        mounts.append(Mount(plan.ui_assets, _UI_ASSETS))
    badger = storage.engine == "badger"
    prepared = badger and not platform.owns_volumes
    if prepared:
        yield prepared_volume("jaeger")
    yield Workload(
        name="jaeger",
        title=f"Jaeger {plan.version}",
        image=VERSIONS[plan.version].image,
        program="jaeger",
        command=("--config", config),
        keeps=_kept(deployment),
        environment={
            "GOMEMLIMIT": f"{plan.memory.soft.mib}MiB",
            "GOMAXPROCS": str(plan.cpus),
            # Collect less often: most of the heap is short-lived, and GOMEMLIMIT bounds it anyway.
            "GOGC": "400",
            # Otherwise Jaeger's own traces would be mixed with yours.
            "OTEL_TRACES_SAMPLER": "always_off",
        },
        mounts=(*mounts, *access(deployment).mounts),
        secrets=access(deployment).secrets,
        volumes=(Volume("jaeger", layout.data("jaeger", _DATA), _DISK),) if badger else (),
        listens=(
            JAEGER_QUERY, JAEGER_QUERY_GRPC, JAEGER_OTLP,
            *((JAEGER_AT_ONCE,) if deployment[DeadLettersPlan].enabled else ()),
            JAEGER_HEALTH, JAEGER_METRICS,
        ),
        memory=plan.memory.limit,
        resident=70,
        cpus=plan.cpus,
        read_only=True,
        # Otherwise the image creates an anonymous volume there.
        scratch=("/tmp",),  # noqa: S108  # in its own container
        unprivileged=True,
        user=USER,
        health=answers_to_wget(JAEGER_HEALTH, "/status"),
        metrics=MetricsEndpoint(JAEGER_METRICS),
        version=plan.version,
        hop=HOP.name,
        after=("schema",) if storage.speaks_cql else ("jaeger-volume",) if prepared else (),
        stop_grace=20,
    )  # fmt: skip


def _kept(deployment: Deployment) -> dict[str, str]:
    """Return the place of the traces; empty if they are in memory."""
    storage = deployment[StoragePlan]
    if storage.engine == "memory":
        return {}
    if not storage.speaks_cql:
        return {"traces": storage.engine}
    where = f" at {', '.join(storage.contact_points)}" if storage.contact_points else ""
    return {"traces": f"{storage.engine}{where}, keyspace {storage.keyspace}"}


def addresses(deployment: Deployment) -> Iterator[Address]:
    """Yield the address of the UI and the query API."""
    base = deployment[JaegerPlan].base_path.rstrip("/")
    yield Address("jaeger", deployment.network.url(JAEGER_QUERY) + base, "Jaeger", 10)


def _discovered_port(storage: StoragePlan) -> int | None:
    """Return the port of nodes that Jaeger discovers; None: Jaeger's default, 9042."""
    ports = {port_of(point) for point in storage.contact_points} - {9042}
    return ports.pop() if ports else None


COMPONENT = Component(
    name="jaeger",
    keys=(JAEGER,),
    ports=(JAEGER_PORT,),
    images=(ImageKey("jaeger", "null: the image of jaeger.version", 20),),
    plans=(plan_jaeger,),
    listeners=(JAEGER_QUERY, JAEGER_QUERY_GRPC, JAEGER_OTLP, JAEGER_AT_ONCE, JAEGER_HEALTH, JAEGER_METRICS),
    workloads=workloads,
    addresses=addresses,
    files=files,
    rules="generator.components.jaeger.jaeger_rules",
    hop=HOP,
    part="kit.provision.jaeger",
)
