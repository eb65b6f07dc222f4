"""Rows that belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.columns.table import NOWHERE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.columns.table import Codes, Rows, SpanTable


def operations(table: SpanTable) -> tuple[Rows, list[tuple[str, str]]]:
    """One entry a row: which operation it is of; and the operations, pairs of service and span name."""
    width = max(1, len(table.texts))
    known, index = np.unique(table.service.astype(np.int64) * width + table.name, return_inverse=True)
    names = [divmod(one, width) for one in known.tolist()]
    return index.reshape(-1), [(table.texts[service], table.texts[name]) for service, name in names]


def alike(rows: Rows, *keys: Rows | Codes, least: int = 1) -> Iterator[Rows]:
    """Groups of rows that are equal in all keys, each in the order of the table.

    Args:
        rows: to be put into groups.
        keys: one entry for each of them.
        least: groups of fewer are left out.
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
    """The children of each of some rows, in the order of the table; those without any are left out."""
    is_wanted = np.zeros(len(table) + 1, bool)  # the last entry is for -1
    is_wanted[parents] = True
    rows = np.flatnonzero(is_wanted[table.parent])
    yield from alike(rows, table.parent[rows])


def first_of_each(index: Rows, count: int) -> Rows:
    """The first position of each number in an array; -1 for those that are not in it."""
    first = np.full(count, NOWHERE, np.int64)
    known, place = np.unique(index, return_index=True)
    first[known] = place
    return first
