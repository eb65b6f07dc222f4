"""The three sample services."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from generator.components.collector import READY
from generator.components.postgres import DATABASE
from generator.deployment.network import (
    COUPON_API,
    COUPON_ISSUER_HEALTH,
    COUPON_NOTIFIER_HEALTH,
    OTLP_GRPC,
    POSTGRES,
    REDIS,
    Listener,
)
from generator.deployment.target import Target
from generator.spec.quantities import Size
from generator.workload import OWN_IMAGE, Health, Volume, Workload

if TYPE_CHECKING:
    from generator.deployment.model import Deployment

_MEMORY = Size(192 << 20)
# A batch 10 s, requests 5 s, leaving a batch 2 s, a call under way 8 s, the last flush of spans 5 s.
_GRACE = 35
# Spans; larger ones hold Python's lock for longer and gain nothing.
_BATCH = 512


def files(deployment: Deployment) -> Iterator[tuple[str, str]]:
    """None: services are told everything by variables."""
    del deployment
    yield from ()


def workloads(deployment: Deployment) -> Iterator[Workload]:
    """The API and the two consumers."""
    network = deployment.network
    api, issuer, notifier = COUPON_API, COUPON_ISSUER_HEALTH, COUPON_NOTIFIER_HEALTH
    yield _service(deployment, api, _database(deployment) | _listen(deployment, api, "HTTP"))
    yield _service(deployment, issuer, _database(deployment) | _listen(deployment, issuer, "HEALTH"))
    callback = {"COUPON_API_URL": f"http://{network.reach(api)}"}
    yield _service(
        deployment, notifier, callback | _listen(deployment, notifier, "HEALTH"), after=("coupon-api",)
    )


def telemetry(deployment: Deployment, service: str) -> dict[str, str]:
    """The variables by which an OpenTelemetry SDK sends its traces to this deployment's collector."""
    tracing = deployment.tracing
    return {
        "OTEL_SERVICE_NAME": service,
        "OTEL_RESOURCE_ATTRIBUTES": f"service.namespace={deployment.name}",
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{deployment.network.reach(OTLP_GRPC)}",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
        "OTEL_EXPORTER_OTLP_TIMEOUT": str(tracing.export_timeout.seconds),
        "OTEL_PROPAGATORS": "tracecontext,baggage",
        "OTEL_TRACES_SAMPLER": "parentbased_always_on",
        "OTEL_BSP_SCHEDULE_DELAY": str(tracing.export_delay.milliseconds),
        "OTEL_BSP_MAX_QUEUE_SIZE": str(tracing.queue_spans),
        # The SDK refuses a batch that is larger than its queue.
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": str(min(_BATCH, tracing.queue_spans)),
        "OTEL_SEMCONV_STABILITY_OPT_IN": "http,database",
        "OTEL_PYTHON_SDK_INTERNAL_METRICS_ENABLED": "true",
    }


def _service(
    deployment: Deployment, listener: Listener, environment: dict[str, str], after: tuple[str, ...] = ()
) -> Workload:
    name = listener.component
    # SQLite is a file that the API and the issuer share.
    data = (Volume("coupons", deployment.layout.data("coupons", "")),)
    probe = f"http://127.0.0.1:{listener.port}/readyz"
    return Workload(
        name=name,
        title=name,
        image=OWN_IMAGE,
        program="python",
        command=("-m", f"sample_services.{name.replace('-', '_')}"),
        environment={
            **environment,
            "REDIS_URL": f"redis://{deployment.network.reach(REDIS)}/0",
            "MESSAGING_PROPAGATION": deployment.tracing.propagation,
            **telemetry(deployment, name),
        },
        volumes=data if deployment.target is Target.NATIVE and "DATABASE_URL" in environment else (),
        listens=(listener,),
        memory=_MEMORY,
        resident=90,
        read_only=True,
        scratch=("/tmp",),  # noqa: S108  # in a container of its own
        unprivileged=True,
        health=Health(
            "http",
            listener,
            path="/readyz",
            inside=("python", "-c", f"import urllib.request; urllib.request.urlopen('{probe}', timeout=3)"),
        ),
        metrics=listener,
        after=(
            "redis",
            *(("postgres",) if _needs_postgres(deployment, environment) else ()),
            READY if deployment.target is Target.COMPOSE else "collector",
            *after,
        ),
        stop_grace=_GRACE,
    )


def _needs_postgres(deployment: Deployment, environment: dict[str, str]) -> bool:
    return deployment.target is Target.COMPOSE and "DATABASE_URL" in environment


def _database(deployment: Deployment) -> dict[str, str]:
    if deployment.target is Target.NATIVE:
        folder = deployment.layout.data("coupons", "")
        return {"DATABASE_URL": f"sqlite+aiosqlite:///{folder}/coupons.db"}
    return {
        "DATABASE_URL": f"postgresql+asyncpg://{DATABASE}@{deployment.network.reach(POSTGRES)}/{DATABASE}"
    }


def _listen(deployment: Deployment, listener: Listener, prefix: str) -> dict[str, str]:
    host, _, port = deployment.network.bind(listener).rpartition(":")
    return {f"{prefix}_HOST": host, f"{prefix}_PORT": port}
