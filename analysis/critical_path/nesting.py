"""Spans under their parents, as plain lists, cut to fit: what every rule walks over."""

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
    """All rows of a table. Times are in units of `unit_ns`.

    Attributes:
        start: of each row; `cut_to_parents` moves it.
        end: of each row.
        parent: of each row; -1 where a tree begins.
        children: of each row, by start.
        kept: whether `cut_to_parents` has reached the row and kept it.
        unit_ns: nanoseconds.
    """

    start: list[int]
    end: list[int]
    parent: list[int]
    children: list[list[int]]
    unit_ns: int = 1
    kept: list[bool] = field(default_factory=list)

    def cut_to_parents(self, top: int) -> None:
        """Make each span of a tree lie within its parent, from the top down.

        One wholly outside is dropped with all that is below it; one that overlaps is truncated. Jaeger's rule
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
        """A row's children that were kept, the last to end first; by start where they end together."""
        kept = [child for child in self.children[row] if self.kept[child]]
        kept.sort(key=lambda child: -self.end[child])
        return iter(kept)

    def up_to_time(self, row: int, time: int) -> tuple[int, int]:
        """The nearest row at or above this one that was kept and had begun by a time, and the time cut to its end.

        The row is -1 when the tree had not begun.
        """
        while row != NOWHERE and (not self.kept[row] or self.start[row] >= time):
            row = self.parent[row]
        return (row, time) if row == NOWHERE else (row, min(time, self.end[row]))


def nesting_of(table: SpanTable, cut_above: Mask, unit_ns: int = 1) -> Nesting:
    """Nest the rows of a table.

    Args:
        table: the spans.
        cut_above: rows that begin a tree of their own although they have a parent.
        unit_ns: 1000 counts in whole microseconds, start and duration each rounded down, as Jaeger's JSON does.
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
    """Consumers whose parent is a producer: their parent does not wait for them."""
    cut: Mask = table.is_kind(SpanKind.CONSUMER) & (table.parent != NOWHERE)
    cut[cut] = table.is_kind(SpanKind.PRODUCER)[table.parent[cut]]
    return cut


def tops(nesting: Nesting, among: Iterable[int]) -> list[int]:
    """Those of some rows that begin a tree."""
    return [row for row in among if nesting.parent[row] == NOWHERE]
