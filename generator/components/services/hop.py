"""The services as a hop of the span pipeline: the OpenTelemetry SDK in each of them."""

from __future__ import annotations

from generator.pipeline import Count, Hop, Loss

# Spans that the SDK's processor passed to the exporter or dropped with a reason, and the exporter's result.
_PROCESSED = "otel_sdk_processor_span_processed"
_EXPORTED = "otel_sdk_exporter_span_exported"
_QUEUED = Count("otel_sdk_processor_span_queue_size")
_REASON = "error_type"

SERVICES = Hop(
    "services",
    "SDK",
    received=(Count(_PROCESSED), _QUEUED),
    sent=(Count(_EXPORTED, without=_REASON),),
    queued=(_QUEUED, Count("otel_sdk_exporter_span_inflight")),
    losses=(
        Loss(_PROCESSED, "dropped by the SDK", "dropped by the SDK", by=_REASON),
        Loss(_EXPORTED, "given up by the SDK", "given up by the exporter", by=_REASON),
    ),
    is_origin=True,
)
