"""The order and nesting in which the spans of one or more traces are drawn.

Within a trace a span stands under its parent. A trace whose spans link into another of the given traces stands,
whole, under the span it links to: so a request that is several traces reads as one.
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
    """What connects a row to the one it stands under."""

    TOP = "top"
    CHILD = "child"
    LINK = "link"


@dataclass(slots=True)
class Row:
    """One line of the drawing.

    Attributes:
        span: None for a heading.
        heading: the text of a heading.
        branch: what connects the row upwards.
        last: whether it is the last under the row above it.
        rails: for each level above the row's own, outermost first, without the top's: whether a line runs down
            past this row. Only the innermost levels are kept: a chain of ten thousand spans has as many.
        depth: how many rows stand above this one.
        parent: the span it stands under; None for a top and for orphans.
        queue_wait_ms: see `queue_wait.queue_wait_ms`.
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
        """Whether the span starts before the one it stands under, which only clocks that disagree explain."""
        return self.span is not None and self.parent is not None and self.span.start_ns < self.parent.start_ns


_KEPT_RAILS = 60


def rows_of(traces: Sequence[Trace]) -> Iterator[Row]:
    """All rows of a drawing, from top to bottom.

    Args:
        traces: those linked to each other are joined.
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
        spans: all spans by (trace id, span id).
        tops: spans that stand under nothing, by start time.
        orphans: spans whose parent is in none of the traces and that link nowhere, by start time.
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
        """What stands under a span: its children, and the tops of traces that link to it, by start time."""
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
        """The spans of other traces that this one, or else those under it, link to."""
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
