"""The answer of a comparison; durations in milliseconds, rates per second, shares 0 to 1."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from analysis.compare.judge import Errors, Figure, Verdict
from analysis.compare.series import Key
from analysis.compare.shape import Change
from analysis.coverage import TracesRead

if TYPE_CHECKING:
    from analysis.compare.comparing import TracesCompared
    from analysis.compare.judge import Comparison, Threshold
    from analysis.compare.shape import ShapeChange


@dataclass(frozen=True, slots=True)
class SideRead(TracesRead):
    """What was read."""

    name: Annotated[str, "as it was given: a snapshot, a file or a range of time"] = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class SidesRead:
    """What was compared."""

    before: Annotated[SideRead, "what was read"]
    after: Annotated[SideRead, "what was read"]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many on each side."""

    before: Annotated[int, "how many"]
    after: Annotated[int, "how many"]


@dataclass(frozen=True, slots=True)
class EffectiveCounts:
    """Independent values that they are worth."""

    before: Annotated[float, "how many"]
    after: Annotated[float, "how many"]


@dataclass(frozen=True, slots=True)
class ThresholdRow:
    """What is too small to matter."""

    milliseconds: Annotated[float, "of a percentile, ms"]
    percent: Annotated[float, "of a percentile, percent"]
    error_points: Annotated[float, "of the error rate, percentage points"]


@dataclass(frozen=True, slots=True)
class Probabilities:
    """How likely chance does as much, 0 to 1, corrected for the number of comparisons."""

    rank: Annotated[float, "of the rank test; 1 where it was not asked"]
    tail: Annotated[float | None, "of the 95th percentile's test; null where the tail holds too few"]
    errors: Annotated[float, "of Fisher's test of the failures"]


@dataclass(frozen=True, slots=True)
class ComparisonRow(Key):
    """One of them."""

    verdict: Annotated[Verdict, "on the latency"]
    errors: Annotated[Errors, "on the share of failures"]
    count: Annotated[Counts, "values"]
    effective_count: Annotated[EffectiveCounts, "independent values that they are worth"]
    p50_ms: Annotated[Figure, "the median, ms"]
    p95_ms: Annotated[Figure, "ms"]
    p99_ms: Annotated[Figure, "ms"]
    error_rate: Annotated[Figure, "share of failures, 0 to 1"]
    request_rate: Annotated[Figure, "a second"]
    probability_larger: Annotated[float, "that a value of B is larger than one of A, 0 to 1"]
    p: Annotated[
        Probabilities, "how likely chance does as much, 0 to 1, corrected for the number of comparisons"
    ]


@dataclass(frozen=True, slots=True)
class NamedOperation:
    """An operation."""

    service: Annotated[str, "whose"]
    name: Annotated[str, "its name"]


@dataclass(frozen=True, slots=True)
class ShapeChangeRow:
    """A change."""

    change: Annotated[Change, "what changed"]
    entry: Annotated[NamedOperation, "what the requests enter by"]
    operation: Annotated[NamedOperation, "whose calls or time"]
    unit: Annotated[Literal["ms per request", "calls per request"], "of `before` and `after`"]
    before: Annotated[float, "in A"]
    after: Annotated[float, "in B"]
    p: Annotated[float, "how likely chance does as much, 0 to 1, corrected"]


@dataclass(frozen=True, slots=True)
class CompareAnswer:
    """What became of endpoints, queues and operations from A (before) to B (after)."""

    KIND: ClassVar = "traces.compare"

    windows: Annotated[SidesRead, "what was compared"]
    verdict: Annotated[Verdict, "on all endpoints and queues"]
    errors: Annotated[Errors, "whether any of their error rates changed"]
    traces: Annotated[Counts, "traces"]
    threshold: Annotated[ThresholdRow, "what is too small to matter"]
    comparisons: Annotated[list[ComparisonRow], "of endpoints and queues: they decide"]
    operations: Annotated[list[ComparisonRow], "of span names: they explain"]
    only_before: Annotated[list[Key], "endpoints and queues that only A has"]
    only_after: Annotated[list[Key], "those that only B has"]
    shape: Annotated[list[ShapeChangeRow], "what changed in what is called, how often and for how long"]


def compare_answer(compared: TracesCompared, windows: SidesRead) -> CompareAnswer:
    """A comparison, and of what it is."""
    return CompareAnswer(
        windows=windows,
        verdict=compared.verdict,
        errors=compared.errors,
        traces=Counts(*compared.traces),
        threshold=_threshold(compared.threshold),
        comparisons=[_comparison(one) for one in compared.comparisons],
        operations=[_comparison(one) for one in compared.operations],
        only_before=list(compared.only_before),
        only_after=list(compared.only_after),
        shape=[_shape_change(one) for one in compared.shape],
    )


def _threshold(one: Threshold) -> ThresholdRow:
    return ThresholdRow(one.milliseconds, one.percent, one.error_points)


def _comparison(one: Comparison) -> ComparisonRow:
    before, after = one.effective
    return ComparisonRow(
        **asdict(one.key),
        verdict=one.verdict,
        errors=one.errors,
        count=Counts(*one.counts),
        effective_count=EffectiveCounts(round(before, 1), round(after, 1)),
        p50_ms=one.p50,
        p95_ms=one.p95,
        p99_ms=one.p99,
        error_rate=one.error_rate,
        request_rate=one.request_rate,
        probability_larger=one.larger,
        p=Probabilities(one.p_rank, one.p_tail, one.p_errors),
    )


def _shape_change(one: ShapeChange) -> ShapeChangeRow:
    return ShapeChangeRow(
        change=one.change,
        entry=NamedOperation(*one.entry),
        operation=NamedOperation(*one.operation),
        unit="ms per request" if one.change is Change.SELF_TIME else "calls per request",
        before=one.before,
        after=one.after,
        p=one.probability,
    )
