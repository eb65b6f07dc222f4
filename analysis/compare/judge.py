"""Significance of the change between two series of one subject.

A latency has changed if a test is significant (corrected for all tests of the comparison) *and* the change reaches
the threshold, in milliseconds and in percent. Two tests are used. The rank test finds a shift of all values. The
bootstrapped 95th percentile finds a tail that grew while the median did not move.
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
"""Maximum false-alarm rates of the rank, tail and error tests, if both sides are identical. The sum is 3 %: the room
below 5 % is for underestimated autocorrelation. Each is corrected (Holm) for all compared subjects."""

LEAST_COUNT = 50
LEAST_EFFECTIVE = 20.0
"""Minimum number of values, and of independent values, on each side; with fewer, a subject is not judged. With fewer
than 20 independent values, a median is only accurate to ±25 % at a spread (σ of the logarithm) of 0.5, and rank sums
are far from normal."""

LEAST_IN_TAIL = 5.0
"""Minimum number of independent values above the 95th percentile to test it: 100 independent values in all."""

P99_COUNT = 100
"""Count below which a 99th percentile is (nearly) the largest value and therefore marked."""

PERCENTILES = (0.50, 0.95, 0.99)


class Verdict(StrEnum):
    """Verdict on a latency."""

    FASTER = "faster"
    SLOWER = "slower"
    NO_CHANGE = "no change"
    NOT_ENOUGH_DATA = "not enough data"


class Errors(StrEnum):
    """Verdict on an error rate."""

    MORE = "more errors"
    FEWER = "fewer errors"
    NO_CHANGE = "no change"


@dataclass(frozen=True, slots=True)
class Threshold:
    """Smallest changes that count, even if significant. A latency must reach both of its limits.

    Attributes:
        milliseconds: Minimum change of a percentile, in milliseconds.
        percent: Minimum change of a percentile, in percent.
        error_points: Minimum change of an error rate, in percentage points.
    """

    milliseconds: float = 1.0
    percent: float = 5.0
    error_points: float = 0.5


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure on both sides of a comparison, in its field's unit."""

    before: Annotated[float, "value in A"]
    after: Annotated[float, "value in B"]
    change: Annotated[float, "after minus before"]
    percent: Annotated[float | None, "change in percent of `before`; null if `before` is 0"]
    interval: Annotated[
        list[Annotated[float, "a bound"]], "95 % interval of the change: lower and upper bound"
    ]
    sound: Annotated[bool | None, "for a p99: whether there are enough values"] = None

    @classmethod
    def of(cls, before: float, after: float, low: float, high: float) -> Figure:
        """Build a figure from both values and the bounds of the change."""
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
        counts: Number of spans on each side.
        effective: Number of independent values that they are worth.
        p50: Median, in milliseconds.
        p95: 95th percentile, in milliseconds.
        p99: 99th percentile, in milliseconds.
        error_rate: Share of failures, 0 to 1.
        request_rate: Requests per second, over the window of each side.
        larger: Probability that a value of B is larger than one of A.
        p_rank: Corrected p-value of the rank test; 1 if it was not used.
        p_tail: Corrected p-value of the 95th percentile's test; None if the tail has too few values.
        p_errors: Corrected p-value of Fisher's test of the failures.
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
        """Whether there are enough values to judge the latency."""
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
        before: Series of A.
        after: Series of B.
        chance: Random generator for resampling; the same seed gives the same answer.
        threshold: Smallest changes that count (default: `Threshold()`).
        windows_s: Seconds that each side covers (default: from the first to the last start).

    Returns:
        One comparison for each common subject, in the order of the keys.
    """
    common = sorted(before.keys() & after.keys())
    raw = [_compare(key, before[key], after[key], chance, windows_s) for key in common]
    return _corrected(raw, threshold or Threshold())


def verdict_of(comparisons: Sequence[Comparison]) -> Verdict:
    """Return the overall verdict: slower if any is slower, else faster if any is faster, else no change.

    Without a subject that has enough data, it is "not enough data".
    """
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
    """Test the change of the logarithm of the 95th percentile against its bootstrapped standard error."""
    import numpy as np

    in_tail = [0.05 * size for size in effective]
    if min(in_tail) < LEAST_IN_TAIL:
        return None
    floor = 1e-6  # a nanosecond, since 0 has no logarithm
    error = math.hypot(*(float(np.log(np.maximum(one[:, 1], floor)).std()) for one in samples))
    moved = math.log(max(p95.after, floor) / max(p95.before, floor))
    if error <= 0:
        return 1.0 if moved == 0 else 0.0
    return two_sided(moved / error, sum(in_tail) - 2)


def _errors(before: Series, after: Series) -> tuple[Figure, float]:
    """Return the error rates with Newcombe's interval of their difference, and Fisher's p-value.

    Both use effective counts.
    """
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
    """Return spans per second; the interval comes from counts in 40 slices of time, resampled in blocks."""
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
    """Apply Holm's correction over the subjects, for each kind of test, then set the verdicts."""
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
        shift = 0  # the median and the ranks moved in opposite directions
    tail = _direction(one.p95, one.p_tail, TAIL_ALPHA, threshold)
    if 1 in (shift, tail):
        return Verdict.SLOWER
    return Verdict.FASTER if -1 in (shift, tail) else Verdict.NO_CHANGE


def _direction(figure: Figure, probability: float | None, alpha: float, threshold: Threshold) -> int:
    """Return 1 if the figure grew, -1 if it shrank, 0 if the change is not significant or too small."""
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
