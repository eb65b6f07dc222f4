"""Detectors of split traces: consumers without producer, requests outside their caller's trace, missing spans."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import numpy as np

from analysis.columns.table import NOWHERE
from analysis.lint.calls import METHOD, URL, CallKind
from analysis.lint.lint_rules import BROKEN_PROPAGATION, MISSING_PARENT, ORPHAN_CONSUMER
from analysis.lint.lint_spans import Violation, single
from analysis.model import SpanKind
from analysis.queue_wait import QUEUE_WAIT_ATTRIBUTE
from analysis.queues import queue_names
from analysis.semantics import DESTINATION, GROUP

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.columns.table import Mask, Rows
    from analysis.lint.lint_spans import LintSpans

SETTLING_NS = 10_000_000_000
"""Age below which a trace at the end of a live window may lack spans: an SDK sends every 5 s by default."""

CLOCKS_NS = 1_000_000
"""Maximum clock difference between caller and callee at which a call is still recognised."""

NEEDED = (DESTINATION, GROUP, QUEUE_WAIT_ATTRIBUTE, "url.path", "http.target")
"""The attributes that a table must hold for these detectors, besides those of calls."""


def propagation(spans: LintSpans) -> Iterator[Violation]:
    """Yield the places where a trace is split or lacks a span."""
    yield from _consumers(spans)
    yield from _missing_parents(spans)
    yield from _unjoined(spans)


def _consumers(spans: LintSpans) -> Iterator[Violation]:
    table = spans.table
    consumer = table.is_kind(SpanKind.CONSUMER) & spans.settled
    links = np.zeros(len(table), bool)
    links[table.link_row] = True
    alone = table.is_root & ~links
    for rule, chosen, what in (
        (BROKEN_PROPAGATION, alone, "has neither a parent nor a link"),
        (ORPHAN_CONSUMER, ~alone & ~_has_sender(spans), "points to a producer span that is missing"),
    ):
        rows = np.flatnonzero(consumer & chosen)
        index, queues = queue_names(table, rows)
        for members in spans.alike(rows, index):
            first = int(members[0])
            queue = queues[int(index[np.searchsorted(rows, first)])][1]
            found = f"the consumer of {queue} {what}"
            yield Violation(rule, spans.entry_of(first), queue, found, single(table.trace[members]))


def _has_sender(spans: LintSpans) -> Mask:
    """Return the mask of spans whose parent or link target is present or may lie before the window."""
    table = spans.table
    has_parent = ~table.is_root & ((table.parent != NOWHERE) | table.is_circular)
    linked = np.zeros(len(table), bool)
    linked[table.link_row[table.link_target != NOWHERE]] = True
    waited = np.maximum(0, table.number(QUEUE_WAIT_ATTRIBUTE)) * 1_000_000
    # Without a known wait, the producer may lie before the window: not reported.
    before = np.isnan(waited) | (table.start_ns - spans.start_ns < waited)
    found: Mask = has_parent | (table.is_root & (linked | before))
    return found


def _missing_parents(spans: LintSpans) -> Iterator[Violation]:
    table = spans.table
    orphan = ~table.is_root & (table.parent == NOWHERE) & ~table.is_circular
    inner = table.is_kind(SpanKind.INTERNAL, SpanKind.CLIENT, SpanKind.PRODUCER)
    rows = np.flatnonzero(orphan & inner & spans.settled)
    for members in spans.alike(rows, table.name[rows]):
        name = table.name_of(int(members[0]))
        yield Violation(
            rule=MISSING_PARENT,
            entry=spans.entry_of(int(members[0])),
            subject=name,
            found=f"the parent of {name} is missing",
            traces=single(table.trace[members]),
        )


def _unjoined(spans: LintSpans) -> Iterator[Violation]:
    """Yield server spans without a parent that lie within a client span without a server span."""
    table, words = spans.table, spans.words
    roots = np.flatnonzero(table.is_root & table.is_kind(SpanKind.SERVER) & spans.settled)
    answered = np.zeros(len(table) + 1, bool)  # the last entry is for -1
    answered[table.parent] = True
    silent = spans.calls.of[CallKind.HTTP] & ~answered[:-1] & spans.settled & ~table.unfinished
    if not len(roots) or not silent.any():
        return
    calls: dict[tuple[str, str], _Calls] = {}
    for row in np.flatnonzero(silent).tolist():
        path = urlsplit(words.of(row, *URL)).path
        calls.setdefault((words.of(row, *METHOD), path), _Calls()).rows.append(row)
    for of_path in calls.values():
        of_path.sort(table.start_ns, table.end_ns)
    for root in roots.tolist():
        path = words.of(root, "url.path") or words.of(root, "http.target").partition("?")[0]
        candidates = calls.get((words.of(root, *METHOD), path)) if path else None
        if candidates is None:
            continue
        start, end = int(table.start_ns[root]), int(table.end_ns[root])
        around = [row for row in candidates.around(start, end) if table.service[row] != table.service[root]]
        # With several candidates the caller is ambiguous: not reported.
        if len(around) == 1:
            caller, service = table.service_of(around[0]), table.service_of(root)
            yield Violation(
                rule=BROKEN_PROPAGATION,
                entry=spans.entry_of(root),
                subject=f"{caller} {table.name_of(around[0])}",
                found=f"{table.name_of(root)} of {service} does not join the trace of its caller {caller}",
                traces=spans.trace_of(root),
                details={"caller_trace_id": table.trace_id_of(around[0])},
            )


class _Calls:
    """Calls of one method and path, sorted for a binary search by time."""

    def __init__(self) -> None:
        self.rows: list[int] = []
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._longest = 0

    def sort(self, start_ns: Rows, end_ns: Rows) -> None:
        """Sort the calls by start, after all rows were added and before `around`."""
        rows = np.array(self.rows, np.int64)
        rows = rows[np.argsort(start_ns[rows], kind="stable")]
        self.rows = rows.tolist()
        self._starts, self._ends = start_ns[rows].tolist(), end_ns[rows].tolist()
        self._longest = int((end_ns[rows] - start_ns[rows]).max())

    def around(self, start: int, end: int) -> Sequence[int]:
        """Return the calls that contain a span from start to end."""
        first = bisect_left(self._starts, end - CLOCKS_NS - self._longest)
        last = bisect_right(self._starts, start + CLOCKS_NS)
        return [self.rows[place] for place in range(first, last) if end <= self._ends[place] + CLOCKS_NS]
