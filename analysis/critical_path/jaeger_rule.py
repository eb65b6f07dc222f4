"""Jaeger's rule: from the end backwards, always into the child that finished last.

Source: jaeger-ui, `TracePage/CriticalPath`. Take the child that ends last: the time from its end to the span's end
belongs to the span. Repeat this in the child. In a span without such a child, the time back to its start belongs to
the span. Then continue in its parent with the child that ended strictly before that start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.critical_path.path import Section

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.critical_path.nesting import Nesting


def walk_back(nesting: Nesting, row: int, time: int) -> Iterator[Section]:
    """Yield the path from a time within a row back to the start of its tree, the last section first.

    Args:
        nesting: Nested spans, already cut to their parents.
        row: A row that was kept.
        time: A time between the row's start and end.
    """
    start, end, unit = nesting.start, nesting.end, nesting.unit_ns
    # A skipped child never becomes relevant again, because the time only goes back.
    untried: dict[int, list[int]] = {}
    returning = False
    while True:
        left = untried.get(row)
        if left is None:
            left = untried[row] = list(nesting.last_first(row))
            left.reverse()
        while left and (end[left[-1]] > time or (returning and end[left[-1]] == time)):
            left.pop()
        if left:
            child = left.pop()
            if end[child] != time:
                yield Section(row, end[child] * unit, time * unit)
            row, time, returning = child, end[child], False
            continue
        if start[row] != time:
            yield Section(row, start[row] * unit, time * unit)
        del untried[row]
        time, row, returning = start[row], nesting.parent[row], True
        if row < 0:
            return
