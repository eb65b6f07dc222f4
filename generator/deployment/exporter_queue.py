"""The queue of an exporter, before the next hop."""

from __future__ import annotations

from dataclasses import dataclass

from generator.spec.quantities import Duration

# Long enough for several spans to share a batch, short enough that a trace can be found within a second of its end.
FLUSH = Duration(50)


@dataclass(frozen=True, slots=True)
class ExporterQueue:
    """An exporter's queue, counted in spans.

    Attributes:
        consumers: Number of concurrent requests. With `wait_for_result` downstream, each is held until it is written.
        size: Maximum number of spans. In memory this includes the spans under way, so it must cover all consumers.
        sizer: Unit of a batch: `items`, which are spans, or `bytes`.
        min_batch: Size from which a batch is sent.
        max_batch: Size above which a batch is split. In bytes, a single larger span is dropped.
        flush: Maximum time that a span waits for its batch to fill.
        timeout: Timeout of one request; above the time in flight, which is spans under way / spans per second.
    """

    consumers: int
    size: int
    sizer: str
    min_batch: int
    max_batch: int
    flush: Duration
    timeout: Duration
