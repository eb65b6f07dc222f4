"""Changes in the shape of the traces: calls per request, and self time per request.

`requests` extracts the calls from spans.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from analysis.statistics.autocorrelation import effective_size
from analysis.statistics.significance import holm, two_sided

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np
    import numpy.typing as npt

    from analysis.compare.requests import EntryRequests, Name

SHAPE_ALPHA = 0.01
"""Maximum false-alarm rate for changes of calls or self time if both sides are identical (Holm over all of them)."""

MISSED_BY_CHANCE = 0.001
"""An operation counts as added or gone if its absence on the other side has at most this probability."""

LEAST_CALLS = 0.1
LEAST_CALLS_PERCENT = 10.0
"""Minimum change of calls per request to be reported; both must be reached. 0.1 is one more call in ten requests."""

LEAST_TRACES = 20
"""Minimum number of requests of an entry on each side to compare its shape."""


class Change(StrEnum):
    """Kind of change of an operation in the traces of one entry."""

    ADDED = "added"
    GONE = "gone"
    CALLS = "calls"
    SELF_TIME = "self time"


@dataclass(frozen=True, slots=True)
class ShapeChange:
    """One change.

    Attributes:
        change: Kind of change.
        entry: Service and endpoint where the requests start.
        operation: Service and name of the operation that changed.
        before: Calls per request, or milliseconds of self time per request, in A.
        after: The same figure in B.
        probability: Corrected p-value.
    """

    change: Change
    entry: Name
    operation: Name
    before: float
    after: float
    probability: float


@dataclass(frozen=True, slots=True)
class _Candidate:
    change: Change
    entry: Name
    operation: Name
    before: npt.NDArray[np.float64]
    after: npt.NDArray[np.float64]


def shape_changes(
    before: Mapping[Name, EntryRequests],
    after: Mapping[Name, EntryRequests],
    *,
    least_milliseconds: float,
    least_percent: float,
) -> list[ShapeChange]:
    """Return the changes in the shape of the traces by kind, the largest first within each kind.

    Args:
        before: Requests of A, see `requests.entries_of`.
        after: Requests of B.
        least_milliseconds: Minimum change of self time per request, in milliseconds.
        least_percent: Minimum change of self time per request, in percent.
    """
    sides = (before, after)
    found: list[ShapeChange] = []
    candidates: list[_Candidate] = []
    for entry in sorted(sides[0].keys() & sides[1].keys()):
        pair = (sides[0][entry], sides[1][entry])
        if min(one.requests for one in pair) < LEAST_TRACES:
            continue
        for operation in sorted(pair[0].calls.keys() | pair[1].calls.keys()):
            if operation in pair[0].calls and operation in pair[1].calls:
                candidates.extend(_candidates(entry, operation, pair))
            else:
                found.extend(_come_or_gone(entry, operation, pair))
    found.extend(_significant(candidates, least_milliseconds, least_percent))
    order = list(Change)
    return sorted(
        found, key=lambda one: (order.index(one.change), -abs(one.after - one.before), one.operation)
    )


def _come_or_gone(
    entry: Name, operation: Name, pair: tuple[EntryRequests, EntryRequests]
) -> Iterable[ShapeChange]:
    there, absent = (1, 0) if operation in pair[1].calls else (0, 1)
    seen = pair[there].counts(operation)
    share = float((seen > 0).mean())
    # Effective number of requests of the absent side, at the autocorrelation of the other.
    worth = pair[absent].requests * effective_size((seen > 0).astype(float)) / len(seen)
    by_chance = math.exp(worth * math.log1p(-share)) if share < 1 else 0.0
    if by_chance <= MISSED_BY_CHANCE:
        mean = float(seen.mean())
        change = Change.ADDED if there else Change.GONE
        figures = (0.0, mean) if there else (mean, 0.0)
        yield ShapeChange(change, entry, operation, *figures, by_chance)


def _candidates(
    entry: Name, operation: Name, pair: tuple[EntryRequests, EntryRequests]
) -> Iterable[_Candidate]:
    before, after = pair
    yield _Candidate(Change.CALLS, entry, operation, before.counts(operation), after.counts(operation))
    yield _Candidate(Change.SELF_TIME, entry, operation, before.self_ms(operation), after.self_ms(operation))


def _significant(
    candidates: Sequence[_Candidate], least_milliseconds: float, least_percent: float
) -> Iterable[ShapeChange]:
    corrected = holm([_welch(one.before, one.after) for one in candidates])
    least: Mapping[Change, tuple[float, float]] = {
        Change.CALLS: (LEAST_CALLS, LEAST_CALLS_PERCENT),
        Change.SELF_TIME: (least_milliseconds, least_percent),
    }
    for one, probability in zip(candidates, corrected, strict=True):
        before, after = float(one.before.mean()), float(one.after.mean())
        amount, percent = least[one.change]
        if (
            probability <= SHAPE_ALPHA
            and abs(after - before) >= amount
            and abs(after - before) >= percent / 100 * before
        ):
            yield ShapeChange(one.change, one.entry, one.operation, before, after, probability)


def _welch(before: npt.NDArray[np.float64], after: npt.NDArray[np.float64]) -> float:
    """Return the p-value of Welch's test of two means, on effective sizes."""
    parts = []
    for values in (before, after):
        size = effective_size(values)
        parts.append((float(values.var()) * len(values) / max(1, len(values) - 1) / size, size))
    error = sum(part for part, _ in parts)
    moved = float(after.mean() - before.mean())
    if error <= 0:
        return 1.0 if moved == 0 else 0.0
    degrees = error**2 / sum(part**2 / max(1.0, size - 1) for part, size in parts)
    return two_sided(moved / math.sqrt(error), degrees)
