"""Spans nested under their parents as plain lists, and cut to them: the input of every rule."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from analysis.columns.table import NOWHERE
from analysis.model import SpanKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from analysis.columns.table import Mask, SpanTable


@dataclass(slots=True)
class Nesting:
    """The nested rows of a table. Times are in units of `unit_ns`.

    Attributes:
        start: Start of each row; `cut_to_parents` moves it.
        end: End of each row; `cut_to_parents` moves it.
        parent: Parent of each row; -1 at the top of a tree.
        children: Children of each row, by start.
        kept: Whether `cut_to_parents` has reached and kept the row.
        unit_ns: Unit of the times, in nanoseconds.
    """

    start: list[int]
    end: list[int]
    parent: list[int]
    children: list[list[int]]
    unit_ns: int = 1
    kept: list[bool] = field(default_factory=list)

    def cut_to_parents(self, top: int) -> None:
        """Cut each span of a tree to its parent, from the top down.

        A span wholly outside is dropped with its subtree, and one that overlaps is truncated. This is Jaeger's rule
        (`sanitizeOverFlowingChildren`).
        """
        self.kept[top] = True
        todo = [top]
        start, end = self.start, self.end
        while todo:
            above = todo.pop()
            low, high = start[above], end[above]
            for row in self.children[above]:
                if start[row] >= high or (start[row] < low and end[row] <= low):
                    continue
                start[row], end[row] = max(start[row], low), min(end[row], high)
                self.kept[row] = True
                todo.append(row)

    def last_first(self, row: int) -> Iterator[int]:
        """Return a row's kept children, the last to end first; by start if they end together."""
        kept = [child for child in self.children[row] if self.kept[child]]
        kept.sort(key=lambda child: -self.end[child])
        return iter(kept)

    def up_to_time(self, row: int, time: int) -> tuple[int, int]:
        """Return the nearest kept row, at or above this one, that started before a time, and the time cut to its end.

        The row is -1 if the tree had not started.
        """
        while row != NOWHERE and (not self.kept[row] or self.start[row] >= time):
            row = self.parent[row]
        return (row, time) if row == NOWHERE else (row, min(time, self.end[row]))


def nesting_of(table: SpanTable, cut_above: Mask, unit_ns: int = 1) -> Nesting:
    """Nest the rows of a table.

    Args:
        table: The spans.
        cut_above: Mask of rows that start a separate tree although they have a parent.
        unit_ns: Unit of the times. 1000: whole microseconds, start and duration rounded down, as in Jaeger's JSON.
    """
    start = table.start_ns // unit_ns
    parent = np.where(cut_above, NOWHERE, table.parent)
    rows = len(table)
    children: list[list[int]] = [[] for _ in range(rows)]
    parents = parent.tolist()
    for row, above in enumerate(parents):
        if above != NOWHERE:
            children[above].append(row)
    return Nesting(
        start=start.tolist(),
        end=(start + table.duration_ns // unit_ns).tolist(),
        parent=parents,
        children=children,
        unit_ns=unit_ns,
        kept=[False] * rows,
    )


def consumers_of_producers(table: SpanTable) -> Mask:
    """Return the mask of consumers whose parent is a producer, which does not wait for them."""
    cut: Mask = table.is_kind(SpanKind.CONSUMER) & (table.parent != NOWHERE)
    cut[cut] = table.is_kind(SpanKind.PRODUCER)[table.parent[cut]]
    return cut


def tops(nesting: Nesting, among: Iterable[int]) -> list[int]:
    """Return the rows that are the top of a tree."""
    return [row for row in among if nesting.parent[row] == NOWHERE]
