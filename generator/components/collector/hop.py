"""The collector as a hop of the span pipeline."""

from __future__ import annotations

from generator.pipeline import Count, Hop, Loss

# Counters of any OpenTelemetry Collector. Jaeger has them too, because it is built on one.
RECEIVED = (Count("otelcol_receiver_accepted_spans"),)
SENT = (Count("otelcol_exporter_sent_spans"),)
QUEUED = (Count("otelcol_exporter_queue_size"),)
CAPACITY = (Count("otelcol_exporter_queue_capacity"),)
# No losses: the sender gets an error and still has the spans.
REFUSALS = (
    Loss("otelcol_exporter_enqueue_failed_spans", "refused by a full queue"),
    Loss("otelcol_processor_memory_limiter_refused_spans", "refused by the memory limiter"),
    Loss("otelcol_receiver_refused_spans", "refused"),
    Loss("otelcol_processor_filter_spans_filtered", "without a trace id or span id", "without a valid id"),
)
LOSSES = (Loss("otelcol_exporter_send_failed_spans", "given up", "given up by the exporter"), *REFUSALS)

COLLECTOR = Hop(
    "collector", "queue", RECEIVED, SENT, QUEUED, CAPACITY, LOSSES, labels={"exporter": "(.*/)?jaeger"}
)
