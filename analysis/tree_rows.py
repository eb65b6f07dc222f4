"""The order and nesting in which the spans of one or more traces are drawn.

Within a trace, a span is drawn under its parent. A trace that links to another of the given traces is drawn as a whole
under the linked span, so that a request of several traces looks like one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from analysis.model import span_index
from analysis.queue_wait import queue_wait_ms

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.model import Span, Trace

ORPHANS_HEADING = "(parent not in the trace)"


class Branch(Enum):
    """Connection between a row and the row above it in the tree."""

    TOP = "top"
    CHILD = "child"
    LINK = "link"


@dataclass(slots=True)
class Row:
    """One line of the drawing.

    Attributes:
        span: The span; None for a heading.
        heading: Text of a heading.
        branch: Connection to the row above it in the tree.
        last: Whether it is the last child.
        rails: For each level above the row, outermost first and without the top: whether a line continues below this
            row. Only the innermost levels are kept, because a chain of ten thousand spans has ten thousand levels.
        depth: Level of the row in the tree; 0 for a top.
        parent: The span above it in the tree; None for a top and for orphans.
        queue_wait_ms: Queue wait in ms, see `queue_wait.queue_wait_ms`.
    """

    span: Span | None
    heading: str
    branch: Branch
    last: bool
    rails: tuple[bool, ...]
    depth: int
    parent: Span | None = None
    queue_wait_ms: float | None = None

    @property
    def is_early(self) -> bool:
        """Whether the span starts before its parent, which means that their clocks differ."""
        return self.span is not None and self.parent is not None and self.span.start_ns < self.parent.start_ns


_KEPT_RAILS = 60


def rows_of(traces: Sequence[Trace]) -> Iterator[Row]:
    """Yield all rows of a drawing, from top to bottom.

    Args:
        traces: the traces; linked ones are joined.
    """
    forest = _Forest(traces)
    todo = [Row(None, ORPHANS_HEADING, Branch.TOP, True, (), 0)] if forest.orphans else []
    todo.extend(Row(top, "", Branch.TOP, True, (), 0) for top in reversed(forest.tops))
    while todo:
        row = todo.pop()
        if row.span is None:
            below = [(orphan, Branch.CHILD) for orphan in forest.orphans]
        else:
            row.queue_wait_ms = queue_wait_ms(row.span, forest.spans)
            below = forest.below(row.span)
        yield row
        todo.extend(reversed(list(_rows_below(row, below))))


def _rows_below(row: Row, below: list[tuple[Span, Branch]]) -> Iterator[Row]:
    rails = row.rails if row.branch is Branch.TOP else (*row.rails, not row.last)[-_KEPT_RAILS:]
    for position, (span, branch) in enumerate(below, start=1):
        yield Row(span, "", branch, position == len(below), rails, row.depth + 1, row.span)


class _Forest:
    """The given traces, joined at their links.

    Attributes:
        spans: All spans by (trace id, span id).
        tops: Spans without a parent or linked span above them, by start time.
        orphans: Spans whose parent is in none of the traces and that have no link into them, by start time.
    """

    def __init__(self, traces: Sequence[Trace]) -> None:
        self.spans = span_index(traces)
        self._traces = {trace.trace_id: trace for trace in traces}
        self._top_of = {
            id(span): top for trace in traces for top in trace.tops for span in _subtree(trace, top)
        }
        self._sender_of: dict[int, Span] = {}
        self._linked_to: dict[int, list[Span]] = {}
        for top in sorted((top for trace in traces for top in trace.tops), key=_by_start):
            self._attach(top)
        orphans = {id(orphan) for trace in traces for orphan in trace.orphans}
        free = [top for trace in traces for top in trace.tops if id(top) not in self._sender_of]
        self.tops = sorted((top for top in free if id(top) not in orphans), key=_by_start)
        self.orphans = sorted((top for top in free if id(top) in orphans), key=_by_start)

    def below(self, span: Span) -> list[tuple[Span, Branch]]:
        """Return the rows under a span by start time: its children, and the tops of traces that link to it."""
        children = [(child, Branch.CHILD) for child in self._traces[span.trace_id].children(span)]
        linked = [(top, Branch.LINK) for top in self._linked_to.get(id(span), ())]
        return sorted(children + linked, key=lambda it: _by_start(it[0])) if linked else children

    def _attach(self, top: Span) -> None:
        for target in self._targets(top):
            if not self._stands_under(target, top):
                self._sender_of[id(top)] = target
                self._linked_to.setdefault(id(target), []).append(top)
                return

    def _targets(self, top: Span) -> Iterator[Span]:
        """Yield the spans of other traces that this span links to, then those that its descendants link to."""
        for span in _subtree(self._traces[top.trace_id], top):
            for link in span.links:
                target = self.spans.get((link.trace_id, link.span_id))
                if target is not None and target.trace_id != top.trace_id:
                    yield target

    def _stands_under(self, span: Span, top: Span) -> bool:
        above: Span | None = self._top_of[id(span)]
        while above is not None and above is not top:
            sender = self._sender_of.get(id(above))
            above = None if sender is None else self._top_of[id(sender)]
        return above is top


def _subtree(trace: Trace, top: Span) -> Iterator[Span]:
    todo = [top]
    while todo:
        span = todo.pop()
        yield span
        todo.extend(reversed(trace.children(span)))


def _by_start(span: Span) -> tuple[int, int, str, str]:
    return (span.start_ns, -max(span.start_ns, span.end_ns), span.trace_id, span.span_id)
