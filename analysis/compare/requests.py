"""Calls and self time of each operation, per request: the shape of the traces.

Traces are grouped by the endpoint of their root, so that more requests of one kind do not look like more calls. Self
time is the part of a span's duration that no child covers (Jaeger's rule: each child is cut to its parent).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from analysis.columns.groups import operations
from analysis.columns.times import self_time_ns
from analysis.columns.traces import traces_in
from analysis.semantics import endpoint_names

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.columns.table import Rows, SpanTable

Name: TypeAlias = tuple[str, str]
"""A service and a name of one of its spans, or of one of its endpoints."""


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls of one operation in the requests of one entry endpoint; one array item for each request with a call.

    Attributes:
        request: Number of the request, from 0, oldest first.
        count: Number of calls in the request.
        self_ms: Total self time of these calls.
    """

    request: Rows
    count: Rows
    self_ms: NDArray[np.float64]


@dataclass(slots=True)
class EntryRequests:
    """The requests of one entry endpoint.

    Attributes:
        requests: Number of requests.
        calls: Calls of each operation.
    """

    requests: int
    calls: dict[Name, Calls] = field(default_factory=dict)

    def counts(self, operation: Name) -> NDArray[np.float64]:
        """Return the number of calls of an operation in each request, oldest first; 0 without a call."""
        return self._dense(operation, self.calls[operation].count)

    def self_ms(self, operation: Name) -> NDArray[np.float64]:
        """Return the self time of an operation in each request, oldest first, in milliseconds."""
        return self._dense(operation, self.calls[operation].self_ms)

    def _dense(self, operation: Name, values: Rows | NDArray[np.float64]) -> NDArray[np.float64]:
        dense = np.zeros(self.requests)
        dense[self.calls[operation].request] = values
        return dense


def entries_of(table: SpanTable) -> dict[Name, EntryRequests]:
    """Group the requests of a table by their entry: the service and endpoint of the root span.

    Args:
        table: Spans with the attributes `values.NEEDED`.
    """
    traces = traces_in(table)
    entry, names = _entries(table, traces.root)
    entries = [EntryRequests(int(count)) for count in np.bincount(entry, minlength=len(names))]
    operation, called = operations(table)
    own = self_time_ns(table) / 1_000_000
    # A cell is an operation in a request; its values are added up in the table's order.
    cells, cell = np.unique(traces.position * max(1, len(called)) + operation, return_inverse=True)
    count = np.bincount(cell, minlength=len(cells))
    spent = np.bincount(cell, own, minlength=len(cells)).astype(np.float64)
    request, of_operation = cells // max(1, len(called)), cells % max(1, len(called))
    number = _number_within(entry)[request]
    both = entry[request] * max(1, len(called)) + of_operation
    order = np.argsort(both, kind="stable")
    begins = np.flatnonzero(np.r_[True, np.diff(both[order]) != 0]) if len(order) else order
    for begin, end in itertools.pairwise([*begins.tolist(), len(order)]):
        members = order[begin:end]
        which, what = divmod(int(both[members[0]]), len(called))
        entries[which].calls[called[what]] = Calls(number[members], count[members], spent[members])
    return dict(zip(names, entries, strict=True))


def _entries(table: SpanTable, root: Rows) -> tuple[Rows, list[Name]]:
    index, names = endpoint_names(table, root)
    pairs = [
        (table.service_of(row), names[name]) for row, name in zip(root.tolist(), index.tolist(), strict=True)
    ]
    known = {pair: number for number, pair in enumerate(dict.fromkeys(pairs))}
    return np.array([known[pair] for pair in pairs], np.int64), list(known)


def _number_within(group: Rows) -> Rows:
    """Return, for each item, the number of earlier items of its group."""
    order = np.argsort(group, kind="stable")
    first = np.r_[True, np.diff(group[order]) != 0] if len(group) else np.zeros(0, bool)
    begins = np.flatnonzero(first)
    number = np.empty(len(group), np.int64)
    number[order] = np.arange(len(group)) - np.repeat(begins, np.diff(np.r_[begins, len(group)]))
    return number
