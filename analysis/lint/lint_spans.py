"""What the detectors look at, and what they find."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from analysis.columns.groups import alike, operations
from analysis.columns.table import NOWHERE
from analysis.columns.times import owner_of
from analysis.columns.traces import traces_in
from analysis.lint.calls import Calls
from analysis.lint.words import Words
from analysis.model import SpanKind
from analysis.queues import queue_names
from analysis.semantics import endpoint_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from analysis.columns.table import Codes, Mask, Rows, SpanTable
    from findings.rule import Rule

EntryPoint: TypeAlias = tuple[str, str]
"""A service and its endpoint or queue: what a piece of work was done for."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule broken: once in one trace, or alike in several where that costs no time.

    Attributes:
        rule: which.
        entry: what the work was done for.
        subject: what it is about; violations of one rule, entry and subject are one finding.
        found: what is there; that of the costliest violation is told.
        traces: the evidence: indexes into the table's `trace_ids`.
        cost_ms: what it costs in each of them; 0 where it costs no time.
        fix: the next step, where it can be said more precisely than the rule does.
        expected: what should be there instead.
    """

    rule: Rule
    entry: EntryPoint
    subject: str
    found: str
    traces: Rows
    cost_ms: float = 0.0
    fix: str = ""
    expected: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


class LintSpans:
    """A table of spans, and what several detectors need to know of them.

    Attributes:
        table: all spans.
        words: their attributes as texts.
        calls: which of them are calls, and of what.
        start_ns: from when on everything was read.
        settled: the spans of traces that lack nothing because it is still on its way.
        entry: one entry a row: the server's or consumer's span that it was done for: itself, or the nearest above;
            else the top.
    """

    def __init__(
        self, table: SpanTable, *, start_ns: int | None = None, settled_ns: int | None = None
    ) -> None:
        """Prepare to look.

        Args:
            table: with the attributes `linting.NEEDED`.
            start_ns: the start of the window that was read whole; of the first trace if not given.
            settled_ns: traces that end later may still lack spans; None where that is not in question, as in a file.
        """
        self.table = table
        self.words = Words(table)
        self.calls = Calls(table, self.words)
        traces = traces_in(table)
        first = int(traces.start_ns[0]) if len(traces) else 0
        self.start_ns = first if start_ns is None else start_ns
        self.settled: Mask = (
            np.ones(len(table), bool)
            if settled_ns is None
            else (traces.end_ns <= settled_ns)[traces.position]
        )
        self.oldest_first = traces.rows_oldest_first()
        self.entry = owner_of(table, table.is_kind(SpanKind.SERVER, SpanKind.CONSUMER) | table.is_top())
        self._entries, self._entry_index = self._named()

    @cached_property
    def operations(self) -> tuple[Rows, list[EntryPoint]]:
        """One entry a row: which operation it is of; and the operations, pairs of service and span name."""
        return operations(self.table)

    def entry_of(self, row: int) -> EntryPoint:
        """What a span was done for."""
        return self._entries[int(self._entry_index[self.entry[row]])]

    def requests(self, counted: Mask) -> dict[EntryPoint, int]:
        """How many spans each entry has, among those that are counted."""
        rows = np.flatnonzero(counted & (self.entry == np.arange(len(self.table))))
        counts = np.bincount(self._entry_index[rows], minlength=len(self._entries))
        return dict(zip(self._entries, counts.tolist(), strict=True))

    def trace_of(self, row: int) -> Rows:
        """The trace of a row, as a violation has it."""
        return self.table.trace[row : row + 1]

    def alike(self, rows: Rows, *subjects: Rows | Codes) -> Iterator[Rows]:
        """Groups of rows that were done for the same and are about the same."""
        yield from alike(rows, self._entry_index[self.entry[rows]], *subjects)

    def _named(self) -> tuple[list[EntryPoint], Rows]:
        table = self.table
        index = np.full(len(table), NOWHERE, np.int64)
        own = self.entry == np.arange(len(table))
        consumer = table.is_kind(SpanKind.CONSUMER)
        rows = np.flatnonzero(own & ~consumer)
        names, texts = endpoint_names(table, rows)
        found: dict[EntryPoint, int] = {}
        for members in alike(rows, table.service[rows], names):
            place = int(np.searchsorted(rows, members[0]))
            entry = (table.service_of(int(members[0])), texts[int(names[place])])
            index[members] = found.setdefault(entry, len(found))
        rows = np.flatnonzero(own & consumer)
        queue, queues = queue_names(table, rows)
        numbers = [found.setdefault((service, f"process {name}"), len(found)) for service, name in queues]
        index[rows] = np.array(numbers, np.int64)[queue]
        return list(found), index


def single(traces: Rows) -> Rows:
    """Each trace once."""
    return np.unique(traces)
