"""Waterfalls of the slowest requests: the bars of their spans, and their critical paths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.columns.table import NOWHERE
from analysis.columns.times import queue_wait_ns, senders

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.columns.table import Rows, SpanTable
    from analysis.critical_path.path import Section
    from analysis.critical_path.queue_rule import Requests
    from analysis.slowest import SlowCall

MOST_BARS = 120
"""Maximum number of bars, so that the chart stays readable: first those on the critical path, then the longest."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One span: its row, its depth below the request's first span, and the queue wait before it in ns (0: none)."""

    row: int
    depth: int
    wait_ns: int


@dataclass(frozen=True, slots=True)
class Waterfall:
    """One slow request.

    Attributes:
        call: The request's first call.
        start_ns: Start of its first span.
        bars: Its spans, callees below their callers.
        sections: Its critical path in the order of time.
        left_out: Number of spans that are not drawn.
    """

    call: SlowCall
    start_ns: int
    bars: Sequence[Bar]
    sections: Sequence[Section]
    left_out: int


def waterfalls(
    table: SpanTable, found: Sequence[SlowCall], requests: Requests, callers: Rows
) -> list[Waterfall]:
    """Lay out the waterfalls of requests.

    Args:
        table: All spans.
        found: The slowest requests, see `slowest.slowest_requests`.
        requests: All requests of the table.
        callers: Caller of each row, see `callers.callers_of`.
    """
    waits = queue_wait_ns(table, senders(table))
    answer = []
    for call in found:
        rows = np.flatnonzero(np.isin(requests.stage_of, list(requests.stages(call.path.root))))
        kept = set(_kept(table, rows, call))
        bars = [
            Bar(row, depth, round(float(waits[row])) if np.isfinite(waits[row]) else 0)
            for row, depth in _in_order(table, rows, callers)
            if row in kept
        ]
        start = int(table.start_ns[rows].min())
        answer.append(Waterfall(call, start, bars, list(reversed(call.path.sections)), len(rows) - len(bars)))
    return answer


def _kept(table: SpanTable, rows: Rows, call: SlowCall) -> list[int]:
    on_path = {*call.path.exclusive_ns, *call.path.wait_ns, call.path.root}
    ordered = sorted(rows.tolist(), key=lambda row: (row not in on_path, -int(table.duration_ns[row]), row))
    return ordered[:MOST_BARS]


def _in_order(table: SpanTable, rows: Rows, callers: Rows) -> list[tuple[int, int]]:
    """Return rows with their depth, callees below their callers by start."""
    own = set(rows.tolist())
    below: dict[int, list[int]] = {}
    for row in sorted(own, key=lambda one: (int(table.start_ns[one]), one)):
        caller = int(callers[row])
        below.setdefault(caller if caller in own else NOWHERE, []).append(row)
    answer = []
    todo = [(row, 0) for row in reversed(below.get(NOWHERE, []))]
    while todo:
        row, depth = todo.pop()
        answer.append((row, depth))
        todo.extend((one, depth + 1) for one in reversed(below.get(row, [])))
    return answer
