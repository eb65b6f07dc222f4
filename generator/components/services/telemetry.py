"""Environment variables that make an OpenTelemetry SDK send its traces to a deployment's collector."""

from __future__ import annotations

from generator.components.collector.listeners import OTLP_GRPC, OTLP_HTTP
from generator.components.collector.span_metrics import latency_buckets
from generator.components.prometheus.labels import resource
from generator.components.prometheus.plan import MonitoringPlan
from generator.components.services.plan import ServicesPlan
from generator.components.services.tracing_plan import TracingPlan
from generator.deployment.model import Deployment

# Spans of a batch. Larger batches hold Python's lock for longer and are not faster.
_BATCH = 512


def for_any_language(deployment: Deployment, service: str, endpoint: str) -> dict[str, str]:
    """Return the variables for a service in any language: only those that the OpenTelemetry specification defines.

    OTLP over HTTP, because every SDK has it. OTEL_EXPORTER_OTLP_TIMEOUT is not set: its unit is milliseconds, but
    seconds in Python. Logs are off, and metrics if no Prometheus runs: the collector would refuse them, and the SDK
    would log an error for each refused request.

    Args:
        deployment: The deployment that receives the traces.
        service: The service's name in traces.
        endpoint: The collector's address for OTLP over HTTP, as the service reaches it.
    """
    return {
        **_common(deployment, service),
        "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_TRACES_EXPORTER": "otlp",
        **_metrics(deployment, default="none"),
        "OTEL_LOGS_EXPORTER": "none",
        **_batching(deployment),
        # Read only by the `stream_tracing` package.
        "MESSAGING_PROPAGATION": deployment[TracingPlan].propagation,
    }


def inside(deployment: Deployment) -> str:
    """Return the collector's address for OTLP over HTTP, as a component reaches it."""
    return f"http://{deployment.network.reach(OTLP_HTTP)}"


def outside(deployment: Deployment) -> str:
    """Return the collector's address for OTLP over HTTP, as any process on this machine reaches it."""
    return deployment.network.url(OTLP_HTTP)


def for_samples(deployment: Deployment, service: str) -> dict[str, str]:
    """Return the variables for one of the samples, which are in Python and send over gRPC."""
    return {
        **_common(deployment, service),
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{deployment.network.reach(OTLP_GRPC)}",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
        "OTEL_EXPORTER_OTLP_TIMEOUT": str(deployment[TracingPlan].export_timeout.seconds),
        **_batching(deployment),
        "OTEL_PYTHON_SDK_INTERNAL_METRICS_ENABLED": "true",
        **_metrics(deployment),
        **_latency_buckets(deployment),
    }


def _common(deployment: Deployment, service: str) -> dict[str, str]:
    attributes = {"service.namespace": deployment.name}
    if deployment[MonitoringPlan].runs:
        attributes = resource(deployment, service)
    return {
        "OTEL_SERVICE_NAME": service,
        "OTEL_RESOURCE_ATTRIBUTES": ",".join(f"{name}={value}" for name, value in attributes.items()),
    }


def _metrics(deployment: Deployment, default: str = "") -> dict[str, str]:
    """Return the variables that push metrics; without Prometheus, the default exporter if there is one."""
    monitoring = deployment[MonitoringPlan]
    if not monitoring.runs:
        return {"OTEL_METRICS_EXPORTER": default} if default else {}
    return {
        "OTEL_METRICS_EXPORTER": "otlp",
        "OTEL_METRIC_EXPORT_INTERVAL": str(monitoring.interval.milliseconds),
        # Prometheus accepts no other.
        "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": "cumulative",
    }


def _latency_buckets(deployment: Deployment) -> dict[str, str]:
    """Return the edges of the samples' histograms, in seconds: the same as for spans."""
    if not deployment[MonitoringPlan].runs:
        return {}
    edges = latency_buckets(deployment[ServicesPlan].objectives)
    return {"LATENCY_BUCKETS": ",".join(f"{edge.milliseconds / 1000:g}" for edge in edges)}


def _batching(deployment: Deployment) -> dict[str, str]:
    tracing = deployment[TracingPlan]
    return {
        "OTEL_PROPAGATORS": "tracecontext,baggage",
        "OTEL_TRACES_SAMPLER": "parentbased_always_on",
        "OTEL_BSP_SCHEDULE_DELAY": str(tracing.export_delay.milliseconds),
        "OTEL_BSP_MAX_QUEUE_SIZE": str(tracing.queue_spans),
        # The SDK refuses a batch size above its queue size.
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": str(min(_BATCH, tracing.queue_spans)),
        "OTEL_SEMCONV_STABILITY_OPT_IN": "http,database",
    }
