"""What is called how often, and where the time of a request goes: what changed in the shape of the traces.

Traces are taken apart by what they enter by (their root), so that more requests of one kind do not look like more
calls. Self time is a span's duration less what its children cover of it (Jaeger's rule: each child cut to its parent).
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from analysis.compare.series import endpoint_of
from analysis.statistics.autocorrelation import effective_size
from analysis.statistics.significance import holm, two_sided

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np
    import numpy.typing as npt

    from analysis.model import Span, Trace

SHAPE_ALPHA = 0.01
"""So often, at most, is any change of calls or self time told of two equal things (Holm over all of them)."""

MISSED_BY_CHANCE = 0.001
"""An operation is added or gone when its absence on the other side has at most this probability."""

LEAST_CALLS = 0.1
LEAST_CALLS_PERCENT = 10.0
"""A change of calls per request must be as large as both to be told: one call more in ten requests."""

LEAST_TRACES = 20
"""Requests of an entry on each side, below which its shape is not compared."""

Name = tuple[str, str]
"""A service and a name of one of its spans, or of one of its endpoints."""


class Change(StrEnum):
    """What changed about an operation in the traces of one entry."""

    ADDED = "added"
    GONE = "gone"
    CALLS = "calls"
    SELF_TIME = "self time"


@dataclass(frozen=True, slots=True)
class ShapeChange:
    """One change.

    Attributes:
        change: of what.
        entry: what the requests enter by.
        operation: whose calls or time.
        before: calls per request, or milliseconds of self time per request.
        after: the same in B.
        probability: of so much by chance, corrected.
    """

    change: Change
    entry: Name
    operation: Name
    before: float
    after: float
    probability: float


@dataclass(slots=True)
class _Entry:
    """The requests of one entry: for each operation, (number of the request, calls, self milliseconds)."""

    requests: int
    calls: dict[Name, list[tuple[int, int, float]]]


@dataclass(frozen=True, slots=True)
class _Candidate:
    change: Change
    entry: Name
    operation: Name
    before: npt.NDArray[np.float64]
    after: npt.NDArray[np.float64]


def shape_changes(
    before: Iterable[Trace], after: Iterable[Trace], *, least_milliseconds: float, least_percent: float
) -> list[ShapeChange]:
    """What changed in the shape of the traces, the largest changes of self time first within each kind of change.

    Args:
        before: the traces of A.
        after: the traces of B.
        least_milliseconds: changes of self time per request below this do not matter,
        least_percent: nor do those below this part of it.
    """
    sides = (_entries(before), _entries(after))
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


def self_times_ms(trace: Trace) -> dict[int, float]:
    """The self time of each span in milliseconds, by `id(span)`."""
    return {id(span): _self_time_ns(span, trace.children(span)) / 1_000_000 for span in trace.spans}


def entry_of(trace: Trace) -> Name:
    """What the trace enters by: the service and endpoint of its root."""
    return trace.root.service, endpoint_of(trace.root)


def _self_time_ns(span: Span, children: Sequence[Span]) -> int:
    covered, reached = 0, span.start_ns
    for child in children:  # by start time
        start, end = max(child.start_ns, reached), min(child.end_ns, span.end_ns)
        if end > start:
            covered += end - start
            reached = end
    return span.duration_ns - covered


def _entries(traces: Iterable[Trace]) -> dict[Name, _Entry]:
    entries: dict[Name, _Entry] = {}
    for trace in sorted(traces, key=lambda one: (one.start_ns, one.trace_id)):
        entry = entries.setdefault(entry_of(trace), _Entry(0, {}))
        own = self_times_ms(trace)
        calls: Counter[Name] = Counter()
        spent: dict[Name, float] = {}
        for span in trace.spans:
            operation = (span.service, span.name)
            calls[operation] += 1
            spent[operation] = spent.get(operation, 0.0) + own[id(span)]
        for operation, count in calls.items():
            entry.calls.setdefault(operation, []).append((entry.requests, count, spent[operation]))
        entry.requests += 1
    return entries


def _come_or_gone(entry: Name, operation: Name, pair: tuple[_Entry, _Entry]) -> Iterable[ShapeChange]:
    there, absent = (1, 0) if operation in pair[1].calls else (0, 1)
    calls = pair[there].calls[operation]
    seen = _dense(calls, 1, pair[there].requests)
    share = len(calls) / pair[there].requests
    # The absent side is worth as many independent requests, at the same autocorrelation.
    worth = pair[absent].requests * effective_size((seen > 0).astype(float)) / len(seen)
    by_chance = math.exp(worth * math.log1p(-share)) if share < 1 else 0.0
    if by_chance <= MISSED_BY_CHANCE:
        mean = float(seen.mean())
        change = Change.ADDED if there else Change.GONE
        figures = (0.0, mean) if there else (mean, 0.0)
        yield ShapeChange(change, entry, operation, *figures, by_chance)


def _candidates(entry: Name, operation: Name, pair: tuple[_Entry, _Entry]) -> Iterable[_Candidate]:
    for change, column in ((Change.CALLS, 1), (Change.SELF_TIME, 2)):
        values = [_dense(one.calls[operation], column, one.requests) for one in pair]
        yield _Candidate(change, entry, operation, values[0], values[1])


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
    """Welch's test of two means, on effective sizes."""
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


def _dense(calls: Sequence[tuple[int, int, float]], column: int, requests: int) -> npt.NDArray[np.float64]:
    """One value for each request, 0 for those without a call."""
    import numpy as np

    values = np.zeros(requests)
    for call in calls:
        values[call[0]] = call[column]
    return values
