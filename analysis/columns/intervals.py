"""Time covered by many intervals, by group; the time of parallel work counts once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from analysis.columns.table import Rows


def covered(group: Rows, start: Rows, end: Rows, groups: int) -> Rows:
    """Return the length of the union of each group's intervals.

    Args:
        group: group of each interval, from 0.
        start: start of each interval.
        end: end of each interval; an interval that does not end after its start covers nothing.
        groups: number of groups.

    Returns:
        One entry for each group, in the unit of `start` and `end`.
    """
    total = np.zeros(groups, np.int64)
    some = end > start
    group, start, end = group[some], start[some], end[some]
    order = np.lexsort((start, group))
    group, start, end = group[order], start[order], end[order]
    if not len(group):
        return total
    latest = _latest_end_so_far(group, end)
    begin = start.copy()
    same = group[1:] == group[:-1]
    begin[1:] = np.where(same, np.maximum(start[1:], latest[:-1]), start[1:])
    np.add.at(total, group, np.maximum(end - begin, 0))
    return total


def _latest_end_so_far(group: Rows, end: Rows) -> Rows:
    """Return the running maximum of `end` within each group of a sorted array, in log2(longest group) passes."""
    latest = end.copy()
    first = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    longest = int(np.diff(np.r_[first, len(group)]).max())
    step = 1
    while step < longest:
        same = group[step:] == group[:-step]
        latest[step:] = np.where(same, np.maximum(latest[step:], latest[:-step]), latest[step:])
        step *= 2
    return latest
