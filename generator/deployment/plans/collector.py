"""The collector's plan."""

from __future__ import annotations

from dataclasses import dataclass

from generator.deployment.memory import LARGEST_REQUEST, GoMemory, held_spans, queued_spans
from generator.deployment.plans.queue import FLUSH, ExporterQueue
from generator.spec.model import Spec
from generator.spec.quantities import Duration, Size

# Enough requests under way to fill Jaeger's consumers: it holds each until it has written it.
_CONSUMERS = 64


@dataclass(frozen=True, slots=True)
class CollectorPlan:
    """The collector's decisions."""

    version: str
    memory: GoMemory
    queue: ExporterQueue
    persistent: bool
    queue_file: Size


def plan_collector(spec: Spec) -> CollectorPlan:
    """Decide for the collector."""
    memory = GoMemory(spec.collector.memory)
    persistent = spec.collector.queue.persistent
    size = queued_spans(spec.collector.queue.size) if persistent else held_spans(memory.limit)
    queue = ExporterQueue(
        consumers=_CONSUMERS,
        size=max(size, _CONSUMERS * 512),
        # In bytes: what leaves must fit into one request to Jaeger, however large the spans are.
        sizer="bytes",
        min_batch=128 << 10,
        max_batch=LARGEST_REQUEST.bytes + (1 << 20),
        flush=FLUSH,
        timeout=Duration.parse("30s"),
    )
    return CollectorPlan(spec.collector.version, memory, queue, persistent, spec.collector.queue.size)
