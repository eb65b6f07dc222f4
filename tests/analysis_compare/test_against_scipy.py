"""The statistics against scipy's, on generated data."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal, stats

from analysis.percentiles import percentile, percentiles
from analysis.statistics.autocorrelation import autocorrelation_time
from analysis.statistics.bootstrap import block_length, interval, resampled_quantiles
from analysis.statistics.significance import fisher, holm, rank_test, share_interval, two_sided

# Few different values give ties, many give none.
SERIES = st.lists(st.integers(0, 5), min_size=4, max_size=60) | st.lists(
    st.floats(0.001, 1e6), min_size=4, max_size=60
)
COUNTS = st.integers(0, 300)
PROBABILITIES = (0.0, 0.5, 0.95, 0.99, 1.0)
# Rounding of a few hundred additions of doubles.
ROUNDING = 1e-9


def type_7(values: list[float] | list[int], probabilities: tuple[float, ...]) -> list[float]:
    found: list[float] = stats.mstats.mquantiles(values, probabilities, alphap=1, betap=1).tolist()
    return found


@given(SERIES)
def test_the_autocorrelation_time_is_geyers_of_scipys_correlations(series: list[float]) -> None:
    values = np.array(series, float)
    centred = values - values.mean()
    variance = centred @ centred
    if variance <= 1e-20 * (values @ values):
        assert autocorrelation_time(values) == 1
        return
    correlations = signal.correlate(centred, centred, method="direct")[len(values) - 1 :] / variance
    total, last = 0.0, math.inf
    for distance in range(0, len(values) - 1, 2):
        pair = correlations[distance] + correlations[distance + 1]
        if pair <= 0:
            break
        last = min(last, pair)
        total += last
    # A pair that should be 0 and is not by rounding ends the sum or adds as little: none after it is larger.
    assert autocorrelation_time(values) == pytest.approx(max(1.0, 2 * total - 1), rel=1e-7)


@given(st.floats(0, 8), st.floats(1, 1e6))
def test_wallaces_formula_against_students_t(score: float, degrees: float) -> None:
    exact = 2 * stats.t.sf(score, degrees)
    found = two_sided(score, degrees)
    # Measured on a grid: 0.0155 from 1 degree on, 0.00157 from 3, 0.0002 from 10, which is 0.7 % of a 5 %.
    assert found == pytest.approx(exact, abs=0.016 if degrees < 3 else 0.0016 if degrees < 10 else 0.00021)


@given(SERIES, SERIES)
def test_the_rank_test_is_mann_and_whitneys(first: list[float], second: list[float]) -> None:
    before, after = np.array(first, float), np.array(second, float)
    probability, larger, effective = rank_test(before, after)
    scipys = stats.mannwhitneyu(after, before, use_continuity=False, method="asymptotic")
    assert larger == pytest.approx(scipys.statistic / (len(before) * len(after)), rel=ROUNDING)
    ties = stats.tiecorrect(stats.rankdata(np.concatenate([before, after])))
    if not ties:
        assert probability == 1
        return
    total = len(before) + len(after)
    # Scipy's variance has n + 1 where ours, of shares of pairs, has n; and each series counts in full.
    shrink = (1 / len(before) + 1 / len(after)) / (1 / effective[0] + 1 / effective[1])
    score = float(stats.norm.isf(scipys.pvalue / 2)) * math.sqrt((total + 1) / total * shrink)
    assert probability == pytest.approx(two_sided(score, sum(effective) - 2), rel=1e-6, abs=1e-9)


@given(st.integers(0, 2**32 - 1), st.floats(-0.3, 0.3))
def test_of_many_independent_values_the_rank_test_says_what_scipys_does(seed: int, shift: float) -> None:
    chance = np.random.default_rng(seed)
    before, after = chance.lognormal(0, 1, 400), chance.lognormal(shift, 1, 400)
    probability, _, effective = rank_test(before, after)
    scipys = stats.mannwhitneyu(before, after).pvalue
    # Independent values seem alike by chance, and count for less then: the probability is only larger.
    assert probability >= scipys - 0.002
    if sum(effective) > 790:
        assert probability == pytest.approx(scipys, abs=0.01)


@given(COUNTS, COUNTS, st.integers(1, 300), st.integers(1, 300))
def test_fishers_test(a: int, b: int, more: int, others: int) -> None:
    scipys = stats.fisher_exact([[a, more], [b, others]]).pvalue
    # Sums of logarithms of factorials of 1,200 cancel: of 16 digits 11 are left.
    assert fisher((a, a + more), (b, b + others)) == pytest.approx(scipys, rel=1e-7)


@given(COUNTS, COUNTS)
def test_wilsons_interval(hits: int, others: int) -> None:
    if total := hits + others:
        low, high = stats.binomtest(hits, total).proportion_ci(method="wilson")
        # The normal quantile is written with seven digits.
        assert share_interval(hits, total) == pytest.approx((low, high), abs=1e-7)


@given(st.lists(st.floats(0, 1), max_size=6))
def test_holm_rejects_what_every_bonferroni_test_of_some_of_them_rejects(probabilities: list[float]) -> None:
    """Scipy has no Holm: by the closure principle it is the largest of the corrections over all subsets."""
    places = range(len(probabilities))
    subsets = [chosen for size in places for chosen in combinations(places, size + 1)]
    expected = [
        max(
            min(1.0, len(chosen) * min(probabilities[one] for one in chosen))
            for chosen in subsets
            if place in chosen
        )
        for place in places
    ]
    assert holm(probabilities) == pytest.approx(expected)


@given(SERIES, st.integers(0, 2**32 - 1))
def test_a_series_in_one_block_has_its_own_quantiles(series: list[float], seed: int) -> None:
    found = resampled_quantiles(
        np.array(series, float),
        PROBABILITIES,
        length=len(series),
        chance=np.random.default_rng(seed),
        resamples=3,
    )
    # Values are kept with 24 bits.
    for row in found:
        assert row == pytest.approx(type_7(series, PROBABILITIES), rel=2**-23)


@pytest.mark.parametrize("probability", [0.5, 0.95])
def test_without_likeness_the_bootstrap_is_scipys(probability: float) -> None:
    values = np.random.default_rng(1).lognormal(3, 0.5, 500)
    resamples = 4_000
    assert block_length(len(values), 1.0) == 1
    found = resampled_quantiles(
        values, [probability], length=1, chance=np.random.default_rng(2), resamples=resamples
    )[:, 0]
    scipys = stats.bootstrap(
        (values,),
        lambda rows, axis: np.quantile(rows, probability, axis=axis),
        n_resamples=resamples,
        method="percentile",
        vectorized=True,
        rng=np.random.default_rng(3),
    )
    # A standard error from B resamples is itself known to 1 / √(2 B), here 1.1 %; the two differ by √2 of that, and
    # this is five times as much. A bound of the interval is known to about √(0.025 / B) / 0.06 = 4 % of it, twice.
    error = scipys.standard_error
    assert found.std(ddof=1) == pytest.approx(error, rel=0.08)
    assert interval(found) == pytest.approx(tuple(scipys.confidence_interval), abs=0.25 * error)


@given(st.lists(st.integers(0, 10**13), min_size=1, max_size=200))
def test_percentiles_of_durations_in_nanoseconds(durations: list[int]) -> None:
    samples = np.array(durations)
    found = percentiles(samples)
    assert found
    # Interpolation between two of up to 10^13 ns, in doubles of 16 digits.
    expected = type_7(durations, (0.5, 0.95, 0.99))
    assert [found.p50_ns, found.p95_ns, found.p99_ns] == pytest.approx(expected, rel=1e-12, abs=1e-2)
    assert (found.count, found.max_ns) == (len(durations), max(durations))
    assert found.mean_ns == pytest.approx(stats.tmean(durations), rel=1e-12)
    assert percentile(samples, 95) == found.p95_ns
