"""Two series of one subject: what changed, by how much, and whether that may be chance.

A latency has changed when a test says so (corrected for all tests of the comparison) *and* the change is large
enough to matter, in milliseconds and in percent. Two tests are asked: the rank test, for a shift of the whole, and
the bootstrapped 95th percentile, for a tail that grew while the median stood still.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

from analysis.statistics.autocorrelation import autocorrelation_time, effective_size
from analysis.statistics.bootstrap import RESAMPLES, block_length, interval, resampled_quantiles
from analysis.statistics.significance import fisher, holm, rank_test, share_interval, two_sided

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import numpy.typing as npt

    from analysis.compare.series import Key, Series

RANK_ALPHA = 0.02
TAIL_ALPHA = 0.005
ERROR_ALPHA = 0.005
"""So often, at most, may a comparison of two equal things find a change by the rank tests, by the 95th percentiles,
by the error rates: 3 % together, which leaves room below 5 % for likeness that is underestimated. Each is corrected
(Holm) for all the subjects that are compared."""

LEAST_COUNT = 50
LEAST_EFFECTIVE = 20.0
"""Below either, on either side, a subject is not judged: below 20 independent values a median is good to ±25 % only
where the spread (σ of the logarithm) is 0.5, and ranks are far from normal."""

LEAST_IN_TAIL = 5.0
"""So many independent values must lie beyond the 95th percentile for it to be tested: 100 independent ones in all."""

P99_COUNT = 100
"""Below this count a 99th percentile is the largest value, or nearly; it is marked."""

PERCENTILES = (0.50, 0.95, 0.99)


class Verdict(StrEnum):
    """What became of a latency."""

    FASTER = "faster"
    SLOWER = "slower"
    NO_CHANGE = "no change"
    NOT_ENOUGH_DATA = "not enough data"


class Errors(StrEnum):
    """What became of the share of failures."""

    MORE = "more errors"
    FEWER = "fewer errors"
    NO_CHANGE = "no change"


@dataclass(frozen=True, slots=True)
class Threshold:
    """What is too small to matter, whatever the tests say. A latency must change by both of its figures.

    Attributes:
        milliseconds: of a percentile.
        percent: of a percentile.
        error_points: percentage points of the error rate.
    """

    milliseconds: float = 1.0
    percent: float = 5.0
    error_points: float = 0.5


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure on both sides of a comparison, in its field's unit."""

    before: Annotated[float, "in A"]
    after: Annotated[float, "in B"]
    change: Annotated[float, "after less before"]
    percent: Annotated[float | None, "the change in percent of what was before; null of nothing"]
    interval: Annotated[
        list[Annotated[float, "a bound"]], "95 % interval of the change: its lower and its upper bound"
    ]
    sound: Annotated[bool | None, "of a p99: whether there are enough values for one"] = None

    @classmethod
    def of(cls, before: float, after: float, low: float, high: float) -> Figure:
        """A figure with the bounds of its change."""
        percent = 100 * (after - before) / before if before > 0 else None
        return cls(before, after, after - before, percent, [low, high])

    @property
    def low(self) -> float:
        """Lower bound of the change."""
        return self.interval[0]

    @property
    def high(self) -> float:
        """Upper bound of the change."""
        return self.interval[1]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One subject before and after.

    Attributes:
        counts: how many spans on each side.
        effective: how many independent values they are worth.
        p50: milliseconds.
        p95: milliseconds.
        p99: milliseconds.
        error_rate: a share, 0 to 1.
        request_rate: per second, over the time of its side.
        larger: the probability that a value of B is larger than one of A.
        p_rank: of the rank test, corrected; 1 where it was not asked.
        p_tail: of the 95th percentile's test, corrected; None where too few values are in the tail.
        p_errors: of Fisher's test of the failures, corrected.
    """

    key: Key
    counts: tuple[int, int]
    effective: tuple[float, float]
    p50: Figure
    p95: Figure
    p99: Figure
    error_rate: Figure
    request_rate: Figure
    larger: float
    p_rank: float
    p_tail: float | None
    p_errors: float
    verdict: Verdict = Verdict.NOT_ENOUGH_DATA
    errors: Errors = Errors.NO_CHANGE

    @property
    def enough(self) -> bool:
        """Whether there is enough to judge the latency by."""
        return min(self.counts) >= LEAST_COUNT and min(self.effective) >= LEAST_EFFECTIVE


def judge(
    before: Mapping[Key, Series],
    after: Mapping[Key, Series],
    *,
    chance: np.random.Generator,
    threshold: Threshold | None = None,
    windows_s: tuple[float, float] | None = None,
) -> list[Comparison]:
    """Compare the subjects that both sides have; they are one family of tests.

    Args:
        before: the series of A.
        after: the series of B.
        chance: for resampling; the same seed gives the same answer.
        threshold: what matters; `Threshold()` if not given.
        windows_s: how many seconds each side covers; from the first to the last start if not given.

    Returns:
        One comparison for each, in the order of the keys.
    """
    common = sorted(before.keys() & after.keys())
    raw = [_compare(key, before[key], after[key], chance, windows_s) for key in common]
    return _corrected(raw, threshold or Threshold())


def verdict_of(comparisons: Sequence[Comparison]) -> Verdict:
    """The verdict on all: slower if anything is, else faster if anything is; not enough data for none."""
    verdicts = {one.verdict for one in comparisons}
    for verdict in (Verdict.SLOWER, Verdict.FASTER, Verdict.NO_CHANGE):
        if verdict in verdicts:
            return verdict
    return Verdict.NOT_ENOUGH_DATA


def _compare(
    key: Key,
    before: Series,
    after: Series,
    chance: np.random.Generator,
    windows_s: tuple[float, float] | None,
) -> Comparison:
    import numpy as np

    p_rank, larger, effective = rank_test(before.milliseconds, after.milliseconds)
    samples = [_resampled(series.milliseconds, chance) for series in (before, after)]
    seen = [np.quantile(series.milliseconds, PERCENTILES) for series in (before, after)]
    low_high = [interval(samples[1][:, place] - samples[0][:, place]) for place in range(3)]
    p50, p95, p99 = (
        Figure.of(float(seen[0][place]), float(seen[1][place]), *low_high[place]) for place in range(3)
    )
    failures, p_errors = _errors(before, after)
    return Comparison(
        key=key,
        counts=(len(before), len(after)),
        effective=effective,
        p50=p50,
        p95=p95,
        p99=replace(p99, sound=min(len(before), len(after)) >= P99_COUNT),
        error_rate=failures,
        request_rate=_request_rate(before, after, chance, windows_s),
        larger=larger,
        p_rank=p_rank,
        p_tail=_tail_test(samples, p95, effective),
        p_errors=p_errors,
    )


def _resampled(values: npt.NDArray[np.float64], chance: np.random.Generator) -> npt.NDArray[np.float64]:
    length = block_length(len(values), autocorrelation_time(_ranks(values)))
    return resampled_quantiles(values, PERCENTILES, length=length, chance=chance, resamples=RESAMPLES)


def _ranks(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    import numpy as np

    _, place = np.unique(values, return_inverse=True)
    return place.astype(np.float64)


def _tail_test(
    samples: Sequence[npt.NDArray[np.float64]], p95: Figure, effective: tuple[float, float]
) -> float | None:
    """The change of the logarithm of the 95th percentile against its bootstrapped error."""
    import numpy as np

    in_tail = [0.05 * size for size in effective]
    if min(in_tail) < LEAST_IN_TAIL:
        return None
    floor = 1e-6  # a nanosecond: what takes no time has no logarithm
    error = math.hypot(*(float(np.log(np.maximum(one[:, 1], floor)).std()) for one in samples))
    moved = math.log(max(p95.after, floor) / max(p95.before, floor))
    if error <= 0:
        return 1.0 if moved == 0 else 0.0
    return two_sided(moved / error, sum(in_tail) - 2)


def _errors(before: Series, after: Series) -> tuple[Figure, float]:
    """The error rates with Newcombe's interval of their difference, and Fisher's test, both on effective counts."""
    shares, bounds, tables = [], [], []
    for series in (before, after):
        size = effective_size(series.failed.astype(float))
        share = float(series.failed.mean())
        shares.append(share)
        bounds.append(share_interval(share * size, size))
        tables.append((round(share * size), round(size)))
    (a, b), ((a_low, a_high), (b_low, b_high)) = shares, bounds
    low = b - a - math.hypot(b - b_low, a_high - a)
    high = b - a + math.hypot(b_high - b, a - a_low)
    return Figure.of(a, b, low, high), fisher(tables[0], tables[1])


_SLICES = 40


def _request_rate(
    before: Series, after: Series, chance: np.random.Generator, windows_s: tuple[float, float] | None
) -> Figure:
    """Spans per second; the interval from counts in 40 slices of time, resampled in blocks."""
    import numpy as np

    rates, samples = [], []
    for place, series in enumerate((before, after)):
        first, last = int(series.starts_ns.min()), int(series.starts_ns.max())
        spread = (last - first) / 1e9
        seconds = windows_s[place] if windows_s else spread
        if seconds <= 0:
            return Figure.of(0.0, 0.0, 0.0, 0.0)
        counts = np.histogram((series.starts_ns - first) / 1e9, bins=_SLICES, range=(0, spread or 1))[0]
        counts = counts.astype(np.float64)
        length = block_length(_SLICES, autocorrelation_time(counts))
        begins = chance.integers(0, _SLICES, (RESAMPLES, math.ceil(_SLICES / length), 1))
        places = ((begins + np.arange(length)) % _SLICES).reshape(RESAMPLES, -1)[:, :_SLICES]
        rates.append(len(series) / seconds)
        samples.append(counts[places].sum(axis=1) / seconds)
    return Figure.of(rates[0], rates[1], *interval(samples[1] - samples[0]))


def _corrected(raw: list[Comparison], threshold: Threshold) -> list[Comparison]:
    """Holm's correction over the subjects, for each kind of test, then the verdicts."""
    judged = [place for place, one in enumerate(raw) if one.enough]
    counted = [place for place, one in enumerate(raw) if min(one.counts) >= LEAST_COUNT]
    _correct(raw, judged, "p_rank")
    _correct(raw, [place for place in judged if raw[place].p_tail is not None], "p_tail")
    _correct(raw, counted, "p_errors")
    return [replace(one, verdict=_latency(one, threshold), errors=_failures(one, threshold)) for one in raw]


def _correct(raw: list[Comparison], places: list[int], name: str) -> None:
    corrected = holm([getattr(raw[place], name) for place in places])
    for place, probability in zip(places, corrected, strict=True):
        changed: dict[str, Any] = {name: probability}
        raw[place] = replace(raw[place], **changed)


def _latency(one: Comparison, threshold: Threshold) -> Verdict:
    if not one.enough:
        return Verdict.NOT_ENOUGH_DATA
    shift = _direction(one.p50, one.p_rank, RANK_ALPHA, threshold)
    if shift * (one.larger - 0.5) < 0:
        shift = 0  # the median went one way and the whole the other
    tail = _direction(one.p95, one.p_tail, TAIL_ALPHA, threshold)
    if 1 in (shift, tail):
        return Verdict.SLOWER
    return Verdict.FASTER if -1 in (shift, tail) else Verdict.NO_CHANGE


def _direction(figure: Figure, probability: float | None, alpha: float, threshold: Threshold) -> int:
    """1 where it grew, -1 where it shrank, 0 where that may be chance or is too small."""
    if probability is None or probability > alpha or abs(figure.change) < threshold.milliseconds:
        return 0
    if abs(figure.change) < threshold.percent / 100 * figure.before:
        return 0
    return 1 if figure.change > 0 else -1


def _failures(one: Comparison, threshold: Threshold) -> Errors:
    change = one.error_rate.change
    if (
        min(one.counts) < LEAST_COUNT
        or one.p_errors > ERROR_ALPHA
        or abs(change) * 100 < threshold.error_points
    ):
        return Errors.NO_CHANGE
    return Errors.MORE if change > 0 else Errors.FEWER
