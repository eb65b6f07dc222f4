"""Jaeger as a hop of the span pipeline: what it has sent is written to the storage."""

from __future__ import annotations

from generator.components.collector.hop import CAPACITY, LOSSES, QUEUED, RECEIVED, SENT
from generator.pipeline import Hop, Loss

JAEGER = Hop(
    "jaeger",
    "storage",
    RECEIVED,
    SENT,
    QUEUED,
    CAPACITY,
    # What it refuses the sender still has.
    tuple(Loss(loss.metric, loss.told) for loss in LOSSES),
    labels={"exporter": "jaeger_storage_exporter(/at_once)?"},
    # Its queue is small, and full whenever more comes than the database takes: the collector then holds the rest.
    may_fill=True,
)
