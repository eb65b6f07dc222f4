"""A whole comparison: of two sets of traces, everything that a person or a program is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.columns.traces import traces_in
from analysis.compare.judge import Errors, Threshold, Verdict, judge, verdict_of
from analysis.compare.requests import entries_of
from analysis.compare.series import SeriesKind
from analysis.compare.shape import shape_changes
from analysis.compare.values import series_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.columns.table import SpanTable
    from analysis.compare.judge import Comparison
    from analysis.compare.series import Key
    from analysis.compare.shape import ShapeChange

_SEED = 20_261_121
"""The same traces give the same answer: chance is the same each time."""

OTHER_LOAD_PERCENT = 20.0
"""From this change of the request rate on, it is said that the load was another: queue waits follow the load."""


@dataclass(frozen=True, slots=True)
class TracesCompared:
    """One comparison.

    Attributes:
        verdict: on the endpoints and queues.
        errors: whether any of their error rates changed.
        traces: how many on each side.
        comparisons: of the endpoints and queues; they decide.
        operations: of every span name; a family of tests of their own, which explains and doesn't decide.
        only_before: endpoints and queues that only A has.
        only_after: those that only B has.
        shape: what changed in what is called, how often and for how long.
        threshold: what was too small to matter.
    """

    verdict: Verdict
    errors: Errors
    traces: tuple[int, int]
    comparisons: Sequence[Comparison]
    operations: Sequence[Comparison]
    only_before: Sequence[Key]
    only_after: Sequence[Key]
    shape: Sequence[ShapeChange]
    threshold: Threshold

    @property
    def other_load(self) -> list[Comparison]:
        """The endpoints whose request rate is another, beyond chance."""
        return [
            one
            for one in self.comparisons
            if one.key.subject is SeriesKind.ENDPOINT
            and abs(one.request_rate.percent or 0) >= OTHER_LOAD_PERCENT
            and not one.request_rate.low <= 0 <= one.request_rate.high
        ]


def compare(
    before: SpanTable,
    after: SpanTable,
    *,
    threshold: Threshold | None = None,
    windows_s: tuple[float, float] | None = None,
) -> TracesCompared:
    """Compare two sets of traces.

    Args:
        before: A, with the attributes `values.NEEDED`.
        after: B, likewise.
        threshold: what matters; `Threshold()` if not given.
        windows_s: how many seconds each covers, for the request rates; from the first to the last start if not given.
    """
    threshold = threshold or Threshold()
    chance = np.random.default_rng(_SEED)
    sides = [series_of(table) for table in (before, after)]
    deciding = [
        {key: one for key, one in side.items() if key.subject is not SeriesKind.OPERATION} for side in sides
    ]
    explaining = [
        {key: one for key, one in side.items() if key.subject is SeriesKind.OPERATION} for side in sides
    ]
    comparisons = judge(deciding[0], deciding[1], chance=chance, threshold=threshold, windows_s=windows_s)
    return TracesCompared(
        verdict=verdict_of(comparisons),
        errors=_errors_of(comparisons),
        traces=(len(traces_in(before)), len(traces_in(after))),
        comparisons=comparisons,
        operations=judge(
            explaining[0], explaining[1], chance=chance, threshold=threshold, windows_s=windows_s
        ),
        only_before=sorted(deciding[0].keys() - deciding[1].keys()),
        only_after=sorted(deciding[1].keys() - deciding[0].keys()),
        shape=shape_changes(
            entries_of(before),
            entries_of(after),
            least_milliseconds=threshold.milliseconds,
            least_percent=threshold.percent,
        ),
        threshold=threshold,
    )


def _errors_of(comparisons: Sequence[Comparison]) -> Errors:
    found = {one.errors for one in comparisons}
    for errors in (Errors.MORE, Errors.FEWER):
        if errors in found:
            return errors
    return Errors.NO_CHANGE
