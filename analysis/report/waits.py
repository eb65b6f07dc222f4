"""Queue waits over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.columns.times import queue_wait_ns, senders
from analysis.queues import by_queue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.columns.table import Rows, SpanTable

SLICES = 60


@dataclass(frozen=True, slots=True)
class Slice:
    """Messages whose processing started in one slice of the window; waits in ns."""

    start_ns: int
    end_ns: int
    messages: int
    p50_ns: float
    p95_ns: float


@dataclass(frozen=True, slots=True)
class WaitsOverTime:
    """The waits of one queue and group, without slices in which no wait is known."""

    queue: str
    group: str
    service: str
    slices: Sequence[Slice]


def waits_over_time(table: SpanTable, rows: Rows, window_ns: tuple[int, int]) -> list[WaitsOverTime]:
    """Return the waits of each queue that has any, in the order of names.

    Args:
        table: All spans, with the attributes `queues.NEEDED`.
        rows: Rows of processed messages, see `queues.process_rows`.
        window_ns: Start and end of the window, which is divided into 60 slices.
    """
    wait = queue_wait_ns(table, senders(table))
    first, last = window_ns
    # Whole nanoseconds: the last slice ends at the window's end or a little after it.
    width = max(1, -(-(last + 1 - first) // SLICES))
    answer = []
    for (queue, group, service), members in sorted(by_queue(table, rows).items()):
        known = np.array([row for row in members if np.isfinite(wait[row])], np.int64)
        if not len(known):
            continue
        place = (table.start_ns[known] - first) // width
        slices = []
        for number in np.unique(place).tolist():
            waited = wait[known[place == number]]
            p50, p95 = np.percentile(waited, (50, 95))
            begin = first + number * width
            slices.append(Slice(begin, begin + width, len(waited), float(p50), float(p95)))
        answer.append(WaitsOverTime(queue, group, service, slices))
    return answer
