"""A whole comparison: of two sets of traces, everything that a person or a program is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.columns.traces import traces_in
from analysis.compare.judge import Errors, Threshold, Verdict, judge, verdict_of
from analysis.compare.requests import entries_of
from analysis.compare.series import Subject
from analysis.compare.shape import shape_changes
from analysis.compare.values import series_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.columns.table import SpanTable
    from analysis.compare.judge import Comparison, Figure
    from analysis.compare.series import Key
    from analysis.compare.shape import ShapeChange

_SEED = 20_261_121
"""The same traces give the same answer: chance is the same each time."""

OTHER_LOAD_PERCENT = 20.0
"""From this change of the request rate on, it is said that the load was another: queue waits follow the load."""


@dataclass(frozen=True, slots=True)
class Report:
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
            if one.key.subject is Subject.ENDPOINT
            and abs(one.request_rate.percent or 0) >= OTHER_LOAD_PERCENT
            and not one.request_rate.low <= 0 <= one.request_rate.high
        ]


def compare(
    before: SpanTable,
    after: SpanTable,
    *,
    threshold: Threshold | None = None,
    windows_s: tuple[float, float] | None = None,
) -> Report:
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
        {key: one for key, one in side.items() if key.subject is not Subject.OPERATION} for side in sides
    ]
    explaining = [
        {key: one for key, one in side.items() if key.subject is Subject.OPERATION} for side in sides
    ]
    comparisons = judge(deciding[0], deciding[1], chance=chance, threshold=threshold, windows_s=windows_s)
    return Report(
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


def plain(report: Report) -> dict[str, Any]:
    """The report as plain data for a JSON answer; durations in milliseconds, rates per second, shares 0 to 1."""
    return {
        "verdict": str(report.verdict),
        "errors": str(report.errors),
        "traces": {"before": report.traces[0], "after": report.traces[1]},
        "threshold": {
            "milliseconds": report.threshold.milliseconds,
            "percent": report.threshold.percent,
            "error_points": report.threshold.error_points,
        },
        "comparisons": [_plain_comparison(one) for one in report.comparisons],
        "operations": [_plain_comparison(one) for one in report.operations],
        "only_before": [_plain_key(key) for key in report.only_before],
        "only_after": [_plain_key(key) for key in report.only_after],
        "shape": [
            {
                "change": str(one.change),
                "entry": {"service": one.entry[0], "name": one.entry[1]},
                "operation": {"service": one.operation[0], "name": one.operation[1]},
                "unit": "ms per request" if one.change == "self time" else "calls per request",
                "before": one.before,
                "after": one.after,
                "p": one.probability,
            }
            for one in report.shape
        ],
    }


def _errors_of(comparisons: Sequence[Comparison]) -> Errors:
    found = {one.errors for one in comparisons}
    for errors in (Errors.MORE, Errors.FEWER):
        if errors in found:
            return errors
    return Errors.NO_CHANGE


def _plain_comparison(one: Comparison) -> dict[str, Any]:
    return {
        **_plain_key(one.key),
        "verdict": str(one.verdict),
        "errors": str(one.errors),
        "count": {"before": one.counts[0], "after": one.counts[1]},
        "effective_count": {"before": round(one.effective[0], 1), "after": round(one.effective[1], 1)},
        "p50_ms": _plain_figure(one.p50),
        "p95_ms": _plain_figure(one.p95),
        "p99_ms": {**_plain_figure(one.p99), "sound": one.p99_is_sound},
        "error_rate": _plain_figure(one.error_rate),
        "request_rate": _plain_figure(one.request_rate),
        "probability_larger": one.larger,
        "p": {"rank": one.p_rank, "tail": one.p_tail, "errors": one.p_errors},
    }


def _plain_key(key: Key) -> dict[str, Any]:
    return {"subject": str(key.subject), "service": key.service, "name": key.name}


def _plain_figure(figure: Figure) -> dict[str, Any]:
    return {
        "before": figure.before,
        "after": figure.after,
        "change": figure.change,
        "percent": figure.percent,
        "interval": [figure.low, figure.high],
    }
