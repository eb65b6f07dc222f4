"""CRISP's rule: a child is on the path if it happens before the child that was added last.

Source: uber-research/CRISP, `Graph.computeCriticalPath`, `happensBefore`, `sanitizeOverflowingChildren`.

Children are visited backwards, from the last to end. A child is added if it ends before the last added one starts. It
is also added if it overlaps that one by less than 1 % of the parent's duration and no other sibling begins or ends
within the overlap. A server span of at most 1.01 times its client span is not cut, because their clocks may differ.
Links are not followed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from analysis.columns.table import KINDS, NOWHERE
from analysis.critical_path.path import Path, Section
from analysis.model import SpanKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.columns.table import SpanTable
    from analysis.critical_path.nesting import Nesting

OVERLAP_ALLOWANCE = 0.01
SERVER_LENGTHENING = 1.01
HOST_KEYS = ("host.name", "hostname")

_SERVER, _CLIENT = KINDS.index(SpanKind.SERVER), KINDS.index(SpanKind.CLIENT)


class Crisp:
    """CRISP's critical paths of a table's traces."""

    def __init__(self, table: SpanTable, nesting: Nesting) -> None:
        """Store the spans and their nesting, which must not be cut yet."""
        self._nesting = nesting
        self._duration = [end - start for start, end in zip(nesting.start, nesting.end, strict=True)]
        self._kind: list[int] = table.kind.tolist()
        self._hosts = [table.codes(key).tolist() for key in HOST_KEYS]

    def path(self, root: int) -> Path:
        """Return the critical path below a row; an exclusive time is a duration minus those of critical children."""
        self._fit(root)
        critical = self._critical_children(root)
        duration = self._duration
        exclusive = {
            row: max(0, duration[row] - sum(duration[child] for child in children))
            for row, children in critical.items()
        }
        return Path(root, self._sections(root, critical), exclusive, {})

    def _fit(self, root: int) -> None:
        """Cut children to their parents, or drop them; a server span in its client span keeps its place."""
        nesting, duration = self._nesting, self._duration
        start, end = nesting.start, nesting.end
        nesting.kept[root] = True
        todo = [root]
        while todo:
            above = todo.pop()
            low, high = start[above], end[above]
            for row in nesting.children[above]:
                if self._is_call(above, row):
                    duration[row] = min(duration[row], duration[above])
                elif start[row] < low or end[row] > high:
                    is_outside = start[row] >= high or end[row] <= low
                    if is_outside or (start[row] < low and end[row] > high):
                        continue
                    duration[row] -= max(0, low - start[row]) + max(0, end[row] - high)
                    start[row], end[row] = max(start[row], low), min(end[row], high)
                nesting.kept[row] = True
                todo.append(row)

    def _is_call(self, above: int, row: int) -> bool:
        nesting, kind = self._nesting, self._kind
        if len(nesting.children[above]) != 1:
            return False
        if self._duration[row] > SERVER_LENGTHENING * self._duration[above]:
            return False
        if kind[row] == _SERVER and kind[above] != _SERVER:
            outer = nesting.parent[above]
            if kind[above] == _CLIENT or (outer != NOWHERE and kind[outer] == _SERVER):
                return True
        here, there = self._host(above), self._host(row)
        return here != there and NOWHERE not in (here, there)

    def _host(self, row: int) -> int:
        return next((codes[row] for codes in self._hosts if codes[row] != NOWHERE), NOWHERE)

    def _critical_children(self, root: int) -> dict[int, list[int]]:
        start, end = self._nesting.start, self._nesting.end
        critical: dict[int, list[int]] = {}
        todo = [root]
        while todo:
            row = todo.pop()
            kept = [child for child in self._nesting.children[row] if self._nesting.kept[child]]
            kept.sort(key=lambda child: end[child])
            kept.reverse()
            moments = sorted([start[child] for child in kept] + [end[child] for child in kept])
            taken: list[int] = []
            for child in kept:
                if not taken or self._happens_before(row, moments, child, taken[-1]):
                    taken.append(child)
            critical[row] = taken
            todo.extend(taken)
        return critical

    def _happens_before(self, parent: int, moments: Sequence[int], earlier: int, later: int) -> bool:
        """Whether one sibling happens before another; `moments` are the starts and ends of all siblings, sorted."""
        start, end = self._nesting.start, self._nesting.end
        if end[earlier] < start[later]:
            return True
        if end[earlier] >= end[later] or start[earlier] >= start[later]:
            return False
        if end[earlier] - start[later] >= OVERLAP_ALLOWANCE * self._duration[parent]:
            return False
        low, high = start[later], end[earlier]
        return bisect_right(moments, high) - bisect_left(moments, low) == 2

    def _sections(self, root: int, critical: dict[int, list[int]]) -> list[Section]:
        """Return the parts of each span, within its parent, that no critical child covers; the last first."""
        start, end, unit = self._nesting.start, self._nesting.end, self._nesting.unit_ns
        sections = []
        windows = {root: (start[root], end[root])}
        for row, children in critical.items():
            low, high = windows[row]
            cursor = low
            for child in sorted(children, key=lambda it: start[it]):
                # Not before the previous end, because CRISP lets children overlap by 1 %.
                begin = min(max(start[child], cursor), high)
                windows[child] = (begin, max(min(end[child], high), begin))
                if begin > cursor:
                    sections.append(Section(row, cursor * unit, begin * unit))
                cursor = max(cursor, min(end[child], high))
            if high > cursor:
                sections.append(Section(row, cursor * unit, high * unit))
        return sorted(sections, key=lambda it: (-it.end_ns, -it.start_ns, it.row))
