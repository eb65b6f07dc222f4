"""Jaeger as a hop of the span pipeline: a span that it has sent is written to the storage."""

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
    # No losses: the collector gets an answer only after the write, so it still has unwritten spans.
    (Loss("otelcol_exporter_send_failed_spans", "not written to the storage"), *REFUSALS),
    labels={"exporter": "jaeger_storage_exporter(/at_once)?"},
    # Its queue is small, and fills up whenever the database is slower than the input. The collector holds the rest.
    may_fill=True,
)
