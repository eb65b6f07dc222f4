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

# A consumer writes its batch statement by statement, one at a time: many of them with small batches keep the
# database busy with few spans under way (docs/explanation/performance.md). And a batch is written again as a
# whole when the database refuses one of its statements. At least 1: a span whose request was cancelled is then not
# merged with others, so it is not tried for ever.
_CONSUMERS = 400
_BATCH = (1, 4)


@dataclass(frozen=True, slots=True)
class JaegerPlan:
    """Jaeger's decisions; `largest_trace` is the number of spans that it reads of one trace at most."""

    version: str
    memory: GoMemory
    cpus: int
    queue: ExporterQueue
    base_path: str
    ui_assets: str | None
    held_traces: int
    largest_trace: int


def plan_jaeger(spec: Spec, platform: Platform) -> JaegerPlan:
    """Decide for Jaeger."""
    wish = spec[JAEGER]
    memory = GoMemory(wish.memory)
    queue = ExporterQueue(
        consumers=_CONSUMERS,
        # All that the collector has under way. When a request is sent again, it waits before the queue until copies
        # of it have left, and a cancelled one leaves without a trace.
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
        # In memory a trace of a dozen spans takes about 48 KiB; half of the limit is theirs.
        held_traces=max(1000, memory.limit.share(50).bytes // (12 * HELD_SPAN_BYTES)),
        largest_trace=wish.largest_trace or held_spans(memory.limit),
    )
