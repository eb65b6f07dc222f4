"""The JSON answer of a comparison; durations in milliseconds, rates per second, shares 0 to 1."""

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
    """The traces that were read for one side."""

    name: Annotated[str, "name on the command line: a snapshot, a file or a window"] = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class SidesRead:
    """The two sides of the comparison."""

    before: Annotated[SideRead, "traces of A"]
    after: Annotated[SideRead, "traces of B"]


@dataclass(frozen=True, slots=True)
class Counts:
    """Number on each side."""

    before: Annotated[int, "number in A"]
    after: Annotated[int, "number in B"]


@dataclass(frozen=True, slots=True)
class EffectiveCounts:
    """Effective sample size: the number of independent values that the autocorrelated values are worth."""

    before: Annotated[float, "number in A"]
    after: Annotated[float, "number in B"]


@dataclass(frozen=True, slots=True)
class ThresholdRow:
    """Smallest changes that count; a latency must reach both of its limits."""

    milliseconds: Annotated[float, "minimum change of a percentile, ms"]
    percent: Annotated[float, "minimum change of a percentile, percent"]
    error_points: Annotated[float, "minimum change of the error rate, percentage points"]


@dataclass(frozen=True, slots=True)
class Probabilities:
    """P-values, 0 to 1, corrected for the number of comparisons."""

    rank: Annotated[float, "p-value of the rank test; 1 if it was not used"]
    tail: Annotated[
        float | None, "p-value of the 95th percentile's test; null if the tail has too few values"
    ]
    errors: Annotated[float, "p-value of Fisher's test of the failures"]


@dataclass(frozen=True, slots=True)
class ComparisonRow(Key):
    """The comparison of one endpoint, queue or operation."""

    verdict: Annotated[Verdict, "verdict on the latency"]
    errors: Annotated[Errors, "verdict on the error rate"]
    count: Annotated[Counts, "number of values"]
    effective_count: Annotated[EffectiveCounts, "effective sample size: number of independent values"]
    p50_ms: Annotated[Figure, "median, ms"]
    p95_ms: Annotated[Figure, "95th percentile, ms"]
    p99_ms: Annotated[Figure, "99th percentile, ms"]
    error_rate: Annotated[Figure, "share of failures, 0 to 1"]
    request_rate: Annotated[Figure, "requests per second"]
    probability_larger: Annotated[float, "probability that a value of B is larger than one of A, 0 to 1"]
    p: Annotated[Probabilities, "p-values of the tests, 0 to 1, corrected for the number of comparisons"]


@dataclass(frozen=True, slots=True)
class NamedOperation:
    """An operation."""

    service: Annotated[str, "service of the operation"]
    name: Annotated[str, "span name"]


@dataclass(frozen=True, slots=True)
class ShapeChangeRow:
    """A change of the calls or the self time of an operation."""

    change: Annotated[Change, "kind of change"]
    entry: Annotated[NamedOperation, "endpoint where the requests start"]
    operation: Annotated[NamedOperation, "operation that changed"]
    unit: Annotated[Literal["ms per request", "calls per request"], "unit of `before` and `after`"]
    before: Annotated[float, "value in A"]
    after: Annotated[float, "value in B"]
    p: Annotated[float, "p-value, 0 to 1, corrected for the number of comparisons"]


@dataclass(frozen=True, slots=True)
class CompareAnswer:
    """Changes of endpoints, queues and operations from A (before) to B (after)."""

    KIND: ClassVar = "traces.compare"

    windows: Annotated[SidesRead, "the two sides that were compared"]
    verdict: Annotated[Verdict, "verdict on the latency of all endpoints and queues"]
    errors: Annotated[Errors, "verdict on the error rates of all endpoints and queues"]
    traces: Annotated[Counts, "number of traces"]
    threshold: Annotated[ThresholdRow, "smallest changes that count"]
    comparisons: Annotated[list[ComparisonRow], "endpoints and queues; the verdict depends on these"]
    operations: Annotated[list[ComparisonRow], "span names; they explain the verdict"]
    only_before: Annotated[list[Key], "endpoints and queues that only A has"]
    only_after: Annotated[list[Key], "endpoints and queues that only B has"]
    shape: Annotated[list[ShapeChangeRow], "changes of calls and self time per request"]


def compare_answer(compared: TracesCompared, windows: SidesRead) -> CompareAnswer:
    """Return the JSON answer of a comparison of two sides."""
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
