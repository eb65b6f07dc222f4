"""Jaeger as a hop of the span pipeline: what it has sent is written to the storage."""

from __future__ import annotations

from generator.components.collector.hop import CAPACITY, LOSSES, QUEUED, RECEIVED, SENT
from generator.pipeline import Hop

JAEGER = Hop(
    "jaeger",
    "storage",
    RECEIVED,
    SENT,
    QUEUED,
    CAPACITY,
    # Not what its exporter gave up: the collector still has it, and sends it again.
    tuple(loss for loss in LOSSES if loss.metric != "otelcol_exporter_send_failed_spans"),
    labels={"exporter": "jaeger_storage_exporter"},
    # Its queue is small, and full whenever more comes than the database takes: the collector then holds the rest.
    may_fill=True,
)
