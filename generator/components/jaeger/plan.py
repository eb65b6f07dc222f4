"""Jaeger's plan."""

from __future__ import annotations

from dataclasses import dataclass

from generator.components.jaeger.spec import JAEGER
from generator.components.jaeger.versions import NATIVE_VERSION
from generator.deployment.exporter_queue import FLUSH, ExporterQueue
from generator.deployment.memory import HELD_SPAN_BYTES, GoMemory, held_spans
from generator.deployment.platform import Platform
from generator.deployment.under_way import STATEMENT_TIMEOUT, UNDER_WAY
from generator.spec.model import Spec

# Many consumers with small batches: a consumer writes one statement at a time, so this keeps the database busy with
# few spans under way (docs/explanation/performance.md). A small batch also means few repeated writes, because the whole
# batch is written again if the database refuses one statement. The minimum is 1, so that a span of a cancelled request
# is not merged with others and retried forever.
_CONSUMERS = 400
_BATCH = (1, 4)


@dataclass(frozen=True, slots=True)
class JaegerPlan:
    """The decisions for Jaeger.

    Attributes:
        largest_trace: Maximum number of spans that Jaeger reads of one trace.
    """

    version: str
    memory: GoMemory
    cpus: int
    queue: ExporterQueue
    base_path: str
    ui_assets: str | None
    held_traces: int
    largest_trace: int


def plan_jaeger(spec: Spec, platform: Platform) -> JaegerPlan:
    """Return the plan for Jaeger."""
    wish = spec[JAEGER]
    memory = GoMemory(wish.memory)
    queue = ExporterQueue(
        consumers=_CONSUMERS,
        # Room for all spans that the collector has under way. A retried request waits before the queue until its
        # earlier copies have left, and a cancelled request leaves nothing in the queue.
        size=max(UNDER_WAY, _CONSUMERS * _BATCH[1]),
        sizer="items",
        min_batch=_BATCH[0],
        max_batch=_BATCH[1],
        flush=FLUSH,
        timeout=STATEMENT_TIMEOUT,
    )
    return JaegerPlan(
        version=wish.version if platform.has_images else NATIVE_VERSION,
        memory=memory,
        cpus=wish.cpus,
        queue=queue,
        base_path=wish.base_path,
        ui_assets=wish.ui.assets,
        # Half of the limit is for traces; in memory a trace of 12 spans takes about 48 KiB.
        held_traces=max(1000, memory.limit.share(50).bytes // (12 * HELD_SPAN_BYTES)),
        largest_trace=wish.largest_trace or held_spans(memory.limit),
    )
