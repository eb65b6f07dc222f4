"""The OpenTelemetry SDK of one process: spans over OTLP/gRPC, metrics for Prometheus and over OTLP/gRPC."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from opentelemetry import metrics, trace
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from . import metric_export
from .instruments import LATENCY_EDGES
from .last_flush import PatientExporter
from .meters import create_meter_provider
from .one_storage import OneStorage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opentelemetry.sdk.metrics import MeterProvider

# A running collector accepts a full buffer in less. See `process` for the rest of the grace period.
_FLUSH_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Telemetry:
    """The providers of this process."""

    tracer_provider: TracerProvider
    meter_provider: MeterProvider
    exporter: PatientExporter | None
    served: PrometheusMetricReader
    push: metric_export.Push | None

    def shutdown(self) -> int:
        """Send the buffered spans and the last metrics, then stop; return the number of spans that could not be sent.

        This takes at most five seconds, even if OTEL_EXPORTER_OTLP_TIMEOUT is longer. Then the remaining
        spans are given up, and the log gives their number. Metrics come last, since they count the spans.
        """
        deadline = time.monotonic() + _FLUSH_SECONDS
        given_up = 0
        if self.exporter:
            given_up = self.exporter.flush_within(_FLUSH_SECONDS, self.tracer_provider.shutdown)
        left = deadline - time.monotonic()
        if self.push:
            self.push.end(0 if given_up else left)
        self.served.shutdown()
        self.meter_provider.shutdown()
        return given_up


def start(service_name: str, latency_edges: Sequence[float] = LATENCY_EDGES) -> Telemetry:
    """Start the SDK and make it the process's global one. Call it once, before any instrumentation.

    The SDK reads endpoint, sampler, limits and batching from the standard OTEL_* variables.
    OTEL_SDK_DISABLED=true and OTEL_TRACES_EXPORTER=none are honoured. All metrics, with the SDK's loss
    counters (`otel.sdk.*`, with OTEL_PYTHON_SDK_INTERNAL_METRICS_ENABLED=true), are in the default
    Prometheus registry, which can be read even while the collector is down. With
    OTEL_METRICS_EXPORTER=otlp they are also pushed.

    Args:
        service_name: Name to use if neither OTEL_SERVICE_NAME nor OTEL_RESOURCE_ATTRIBUTES has one.
        latency_edges: Edges of the buckets for the durations of HTTP requests, in seconds.

    Raises:
        ValueError: An OTEL_* variable is invalid.
    """
    resource = _resource(service_name)
    # Before the span processor, which looks the meter provider up when it is created.
    push = metric_export.Push() if metric_export.is_on() and not _is_disabled() else None
    served = PrometheusMetricReader(scope_info_enabled=False)
    storage = OneStorage()
    meter_provider = create_meter_provider(
        resource, [storage.reader], latency_edges, exemplars=push is not None
    )
    storage.serve(served)
    served._set_meter_provider(meter_provider)
    if push:
        storage.push(push.reader)
        push.reader._set_meter_provider(meter_provider)
    metrics.set_meter_provider(meter_provider)
    # Counting spans when they start and end (`otel.sdk.span.started`, `.live`) costs about 40 µs, more
    # than a span itself. Processor and exporter count the same spans, and their losses, by batch.
    tracer_provider = TracerProvider(resource=resource, meter_provider=NoOpMeterProvider())
    exporter = None
    if not _exports_nothing():
        exporter = PatientExporter()
        tracer_provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(tracer_provider)
    return Telemetry(tracer_provider, meter_provider, exporter, served, push)


def _resource(service_name: str) -> Resource:
    named = os.environ.get("OTEL_SERVICE_NAME") or "service.name=" in os.environ.get(
        "OTEL_RESOURCE_ATTRIBUTES", ""
    )
    return Resource.create({} if named else {SERVICE_NAME: service_name})


def _is_disabled() -> bool:
    return os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"


def _exports_nothing() -> bool:
    return _is_disabled() or os.environ.get("OTEL_TRACES_EXPORTER", "").strip() == "none"
