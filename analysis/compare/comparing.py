"""The full comparison of two sets of traces, as the text and the JSON answers show it."""

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
"""Fixed seed, so that the same traces always give the same answer."""

OTHER_LOAD_PERCENT = 20.0
"""Minimum change of the request rate that is reported, because queue waits depend on the load."""


@dataclass(frozen=True, slots=True)
class TracesCompared:
    """One comparison.

    Attributes:
        verdict: Verdict on the latency of all endpoints and queues.
        errors: Verdict on their error rates.
        traces: Number of traces on each side.
        comparisons: Endpoints and queues; the verdict depends on these.
        operations: Span names. They are a separate family of tests and do not affect the verdict.
        only_before: Endpoints and queues that only A has.
        only_after: Endpoints and queues that only B has.
        shape: Changes of calls and self time per request.
        threshold: Smallest changes that count.
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
        """Endpoints whose request rate changed significantly."""
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
        before: Spans of A, with the attributes `values.NEEDED`.
        after: Spans of B, with the same attributes.
        threshold: Smallest changes that count (default: `Threshold()`).
        windows_s: Seconds that each side covers, for the request rates (default: from the first to the last start).
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
