"""Jaeger as a hop of the span pipeline: what it has sent is written to the storage."""

from __future__ import annotations

from generator.components.collector.hop import CAPACITY, QUEUED, RECEIVED, REFUSALS, SENT
from generator.pipeline import Hop, Loss

JAEGER = Hop(
    "jaeger",
    "storage",
    RECEIVED,
    SENT,
    QUEUED,
    CAPACITY,
    # The collector gets an answer only after the write, so it still has what was not written.
    (Loss("otelcol_exporter_send_failed_spans", "not taken by the storage"), *REFUSALS),
    labels={"exporter": "jaeger_storage_exporter(/at_once)?"},
    # Its queue is small, and full whenever more comes than the database takes: the collector then holds the rest.
    may_fill=True,
)
