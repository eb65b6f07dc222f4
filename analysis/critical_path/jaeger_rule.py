"""Jaeger's rule: from the end backwards, always into the child that finished last.

Source: jaeger-ui, `TracePage/CriticalPath`. From a span, take the child that ends last; what is between that end and
the span's own end is the span's. In the child, the same. A span without such a child has the time back to its start;
then its parent looks for the child that ended strictly before that start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.critical_path.path import Section

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.critical_path.nesting import Nesting


def walk_back(nesting: Nesting, row: int, time: int) -> Iterator[Section]:
    """The path from a time within a row back to the start of its tree, the last section first.

    Args:
        nesting: cut to parents.
        row: one that was kept.
        time: between its start and its end.
    """
    start, end, unit = nesting.start, nesting.end, nesting.unit_ns
    # A child that has been passed over never counts again, because the time only goes back.
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
