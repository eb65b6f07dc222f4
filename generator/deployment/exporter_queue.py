"""The queue before a hop."""

from __future__ import annotations

from dataclasses import dataclass

from generator.spec.quantities import Duration

# Long enough for company, short enough that a trace is searchable within a second of its end.
FLUSH = Duration(50)


@dataclass(frozen=True, slots=True)
class ExporterQueue:
    """An exporter's queue, counted in spans.

    Attributes:
        consumers: requests under way at once; with `wait_for_result` downstream each is held until written.
        size: spans it holds; in memory it counts the spans under way too, so at least what the consumers take.
        sizer: what a batch is counted in: `items`, which are spans, or `bytes`.
        min_batch: a batch leaves when it has this many.
        max_batch: a batch is split above this. Counted in bytes, a span that is larger alone is dropped.
        flush: how long a span waits for company.
        timeout: of one request; above the time in flight, which is the spans under way / spans per second.
    """

    consumers: int
    size: int
    sizer: str
    min_batch: int
    max_batch: int
    flush: Duration
    timeout: Duration
