"""The input of the detectors, `LintSpans`, and their output, `Violation`."""

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
"""A service and its endpoint or queue, for which work was done."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One violation of a rule: in one trace, or, if it costs no time, in all traces alike.

    Attributes:
        rule: The broken rule.
        entry: Service and endpoint or queue for which the work was done.
        subject: The query, key or operation; violations of one rule, entry and subject are one finding.
        found: The problem found; a finding shows that of its costliest violation.
        traces: Evidence, as indexes into the table's `trace_ids`.
        cost_ms: Cost in each of these traces; 0 if it costs no time.
        fix: The next step, if it is more precise than the rule's fix.
        expected: The expected value.
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
    """A table of spans, with data that several detectors share.

    Attributes:
        table: All spans.
        words: Their attributes as texts.
        calls: The rows that are calls, by kind.
        start_ns: Start of the window that was read completely.
        settled: Mask of the spans whose traces are complete, with no spans still to arrive.
        entry: For each row, the row of its server or consumer span: itself or the nearest ancestor, else the top.
    """

    def __init__(
        self, table: SpanTable, *, start_ns: int | None = None, settled_ns: int | None = None
    ) -> None:
        """Prepare the data for the detectors.

        Args:
            table: Spans with the attributes `linting.NEEDED`.
            start_ns: Start of the window that was read completely (default: start of the first trace).
            settled_ns: Time after which traces may still lack spans; None if all are complete, for example in a file.
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
        """The operation's index for each row, and the operations as pairs of service and span name."""
        return operations(self.table)

    def entry_of(self, row: int) -> EntryPoint:
        """Return the service and the endpoint or queue for which a span was done."""
        return self._entries[int(self._entry_index[self.entry[row]])]

    def requests(self, counted: Mask) -> dict[EntryPoint, int]:
        """Count the requests of each entry among the selected rows."""
        rows = np.flatnonzero(counted & (self.entry == np.arange(len(self.table))))
        counts = np.bincount(self._entry_index[rows], minlength=len(self._entries))
        return dict(zip(self._entries, counts.tolist(), strict=True))

    def trace_of(self, row: int) -> Rows:
        """Return the trace of a row, in the form of `Violation.traces`."""
        return self.table.trace[row : row + 1]

    def alike(self, rows: Rows, *subjects: Rows | Codes) -> Iterator[Rows]:
        """Yield groups of rows with the same entry and the same subjects."""
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
    """Return each trace once."""
    return np.unique(traces)
