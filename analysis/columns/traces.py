"""Group a table's rows by trace, and select whole traces."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.columns.table import NOWHERE

if TYPE_CHECKING:
    from analysis.columns.table import Mask, Rows, SpanTable


@dataclass(frozen=True, slots=True)
class Traces:
    """The traces of a table. Each array has one entry per trace, oldest first, then by id.

    Attributes:
        index: Trace as an index into the table's `trace_ids`.
        start_ns: Start of the first span.
        end_ns: Latest end of a span.
        root: Row that represents the trace: its first root, or its first top if it has no root.
        position: Position of each row's trace in these arrays; one entry per row.
    """

    index: Rows
    start_ns: Rows
    end_ns: Rows
    root: Rows
    position: Rows

    def __len__(self) -> int:
        return len(self.index)

    def rows_oldest_first(self) -> Rows:
        """Return all rows by trace; within a trace in the table's order."""
        return np.argsort(self.position, kind="stable")


def traces_in(table: SpanTable) -> Traces:
    """Return the traces of a table."""
    if not len(table):
        nothing = np.zeros(0, np.int64)
        return Traces(nothing, nothing, nothing, nothing, nothing)
    first = np.flatnonzero(np.r_[True, table.trace[1:] != table.trace[:-1]])
    order = np.argsort(table.start_ns[first], kind="stable")
    place = np.empty(len(first), np.int64)
    place[order] = np.arange(len(first))
    tops = np.flatnonzero(table.is_top())
    tops = tops[np.lexsort((tops, ~table.is_root[tops], table.trace[tops]))]
    leading = np.r_[True, table.trace[tops[1:]] != table.trace[tops[:-1]]]
    return Traces(
        index=table.trace[first][order],
        start_ns=table.start_ns[first][order],
        end_ns=np.maximum.reduceat(table.end_ns, first)[order],
        root=tops[leading][order],
        position=np.repeat(place, np.diff(np.r_[first, len(table)])),
    )


def whole_traces(table: SpanTable, chosen: Mask) -> SpanTable:
    """Return a table of the whole traces with a chosen row. Links to other traces get the target -1.

    Args:
        table: any traces.
        chosen: mask of the chosen rows.
    """
    wanted = np.zeros(len(table.trace_ids), bool)
    wanted[table.trace[chosen]] = True
    keep = wanted[table.trace]
    if keep.all():
        return table
    rows = np.flatnonzero(keep)
    place = np.full(len(table) + 1, NOWHERE, np.int64)  # the last entry is for -1
    place[rows] = np.arange(len(rows))
    links = keep[table.link_row]
    of_rows = (
        "trace",
        "span_id",
        "is_root",
        "is_circular",
        "service",
        "name",
        "kind",
        "start_ns",
        "end_ns",
        "unfinished",
        "error",
    )
    return dataclasses.replace(
        table,
        **{name: getattr(table, name)[rows] for name in of_rows},
        parent=place[table.parent[rows]],
        link_row=place[table.link_row[links]],
        link_target=place[table.link_target[links]],
        _attributes={key: table.codes(key)[rows] for key in table.keys},
    )
