"""Group rows of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.columns.table import NOWHERE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.columns.table import Codes, Rows, SpanTable


def operations(table: SpanTable) -> tuple[Rows, list[tuple[str, str]]]:
    """Return the operation of each row as an index, and the operations as pairs of service and span name."""
    width = max(1, len(table.texts))
    known, index = np.unique(table.service.astype(np.int64) * width + table.name, return_inverse=True)
    names = [divmod(one, width) for one in known.tolist()]
    return index.reshape(-1), [(table.texts[service], table.texts[name]) for service, name in names]


def alike(rows: Rows, *keys: Rows | Codes, least: int = 1) -> Iterator[Rows]:
    """Yield groups of rows that are equal in all keys, each in the order of the table.

    Args:
        rows: rows to group.
        keys: arrays with one entry for each of `rows`.
        least: minimum size of a group; smaller groups are left out.
    """
    if len(rows) < max(1, least):
        return
    order = np.lexsort((rows, *reversed(keys)))
    changes = np.logical_or.reduce([np.diff(key[order]) != 0 for key in keys])
    bounds = np.flatnonzero(np.r_[True, changes, True])
    large = np.flatnonzero(np.diff(bounds) >= least)
    ordered = rows[order]
    for begin, end in zip(bounds[large].tolist(), bounds[large + 1].tolist(), strict=True):
        yield ordered[begin:end]


def children_of(table: SpanTable, parents: Rows) -> Iterator[Rows]:
    """Yield the children of each parent, in the order of the table; parents without children are left out."""
    is_wanted = np.zeros(len(table) + 1, bool)  # the last entry is for -1
    is_wanted[parents] = True
    rows = np.flatnonzero(is_wanted[table.parent])
    yield from alike(rows, table.parent[rows])


def first_of_each(index: Rows, count: int) -> Rows:
    """Return the first position of each number below `count` in an array; -1 if it is not in it."""
    first = np.full(count, NOWHERE, np.int64)
    known, place = np.unique(index, return_index=True)
    first[known] = place
    return first
