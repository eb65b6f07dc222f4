"""The statistics against what can be counted, or is known by formula."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.statistics.autocorrelation import autocorrelation_time, effective_size
from analysis.statistics.bootstrap import block_length, interval, resampled_quantiles
from analysis.statistics.significance import fisher, holm, rank_test, share_interval, two_sided
from tests.analysis_compare.latencies import latencies

SERIES = st.lists(st.integers(0, 20), min_size=4, max_size=40)


def _ar(likeness: float, count: int, seed: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    chance = np.random.default_rng(seed)
    return np.log(latencies(chance, count, median=1, spread=1, likeness=likeness, slow_share=0))


@pytest.mark.parametrize("likeness", [0.0, 0.5, 0.8])
def test_the_autocorrelation_time_of_an_ar_process_is_known(likeness: float) -> None:
    known = (1 + likeness) / (1 - likeness)
    found = [autocorrelation_time(_ar(likeness, 5_000, seed)) for seed in range(10)]
    assert np.mean(found) == pytest.approx(known, rel=0.15)


def test_values_that_alternate_or_stand_still_count_as_what_they_are() -> None:
    assert effective_size(np.array([1.0, 2.0] * 50)) == 100
    assert effective_size(np.full(50, 0.1)) == 50
    assert effective_size(np.array([3.0])) == 1


@given(SERIES, SERIES)
def test_the_rank_test_counts_who_is_larger(before: list[int], after: list[int]) -> None:
    pairs = list(itertools.product(before, after))
    share = sum((b > a) + (b == a) / 2 for a, b in pairs) / len(pairs)
    probability, larger, effective = rank_test(np.array(before, float), np.array(after, float))
    assert larger == pytest.approx(share)
    assert 0 <= probability <= 1
    assert all(1 <= size <= len(one) for size, one in zip(effective, (before, after), strict=True))
    back, smaller, _ = rank_test(np.array(after, float), np.array(before, float))
    assert [back, smaller] == pytest.approx([probability, 1 - larger])


def test_the_rank_test_agrees_with_all_orders_that_chance_could_give() -> None:
    values = np.array([1.0, 9, 3, 7, 5, 11, 2, 12, 4, 10, 6, 8])
    seen = abs(rank_test(values[:6], values[6:])[1] - 0.5)
    as_far = [
        abs(rank_test(np.array(one), np.array(sorted(set(values) - set(one))))[1] - 0.5) >= seen - 1e-9
        for one in itertools.combinations(values, 6)
    ]
    assert rank_test(values[:6], values[6:])[0] == pytest.approx(np.mean(as_far), abs=0.08)


def test_of_two_values_the_rank_test_is_that_of_two_shares() -> None:
    """5 of 200 against 20 of 200, which without the correction for ties would look like chance."""
    before, after = np.zeros(200), np.zeros(200)
    before[::40] = 1
    after[::10] = 1
    assert (before.sum(), after.sum()) == (5, 20)
    both = 25 / 400
    score = (20 / 200 - 5 / 200) / math.sqrt(both * (1 - both) * (1 / 200 + 1 / 200))
    assert rank_test(before, after)[0] == pytest.approx(math.erfc(score / math.sqrt(2)), rel=0.1)


@pytest.mark.parametrize(
    # From tables of Student's t.
    ("score", "degrees", "probability"),
    [(2.228, 10, 0.05), (3.169, 10, 0.01), (2.042, 30, 0.05), (1.96, 1e9, 0.05), (4.144, 10, 0.002)],
)
def test_the_tails_of_students_t(score: float, degrees: float, probability: float) -> None:
    assert two_sided(score, degrees) == pytest.approx(probability, rel=0.03)


def test_fishers_test_on_his_cup_of_tea() -> None:
    assert fisher((3, 4), (1, 4)) == pytest.approx(34 / 70)
    assert fisher((4, 4), (0, 4)) == pytest.approx(2 / 70)
    assert fisher((0, 500), (0, 500)) == 1


@given(st.integers(0, 12), st.integers(0, 12), st.integers(1, 12), st.integers(1, 12))
def test_fishers_test_counts_tables(a: int, b: int, more: int, others: int) -> None:
    before, after = (a, a + more), (b, b + others)
    hits, total = a + b, before[1] + after[1]
    ways = {
        here: math.comb(before[1], here) * math.comb(after[1], hits - here)
        for here in range(hits + 1)
        if here <= before[1] and hits - here <= after[1]
    }
    expected = sum(way for way in ways.values() if way <= ways[a]) / math.comb(total, hits)
    assert fisher(before, after) == pytest.approx(expected)


def test_wilsons_interval_knows_that_no_error_seen_is_not_no_error() -> None:
    low, high = share_interval(0, 100)
    assert [low, high] == pytest.approx([0, 0.037], abs=0.001)
    assert list(share_interval(100, 100)) == pytest.approx([1 - high, 1])
    assert list(share_interval(10, 100)) == pytest.approx([0.0552, 0.1744], abs=1e-4)


def test_holm_steps_down() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []


def test_blocks_grow_with_likeness_and_stay_in_the_series() -> None:
    assert block_length(500, 1.0) == 1
    assert block_length(500, 3.0) < block_length(500, 9.0) < block_length(5_000, 9.0)
    assert block_length(8, 9.0) == 2


@pytest.mark.parametrize("likeness", [0.0, 0.7])
def test_the_bootstrap_covers_the_true_median_as_often_as_it_says(likeness: float) -> None:
    covered = 0
    for seed in range(200):
        values = np.exp(_ar(likeness, 400, seed))
        length = block_length(400, autocorrelation_time(np.log(values)))
        found = resampled_quantiles(
            values, [0.5], length=length, chance=np.random.default_rng(seed), resamples=200
        )
        low, high = interval(found[:, 0])
        covered += low <= 1.0 <= high
    # 95 % are promised; blocks lose some of a strong likeness, as is known of them.
    assert covered >= (184 if not likeness else 170)


@pytest.mark.parametrize("likeness", [0.0, 0.7])
@pytest.mark.parametrize("rounded", [False, True])
def test_a_long_series_is_resampled_as_a_short_one_is(likeness: float, rounded: bool) -> None:
    """Stretches against blocks drawn value by value: the same middle and the same spread of each quantile."""
    values = np.exp(0.5 * _ar(likeness, 30_000, 1)) * 40
    if rounded:
        values = values.round()
    length = block_length(len(values), autocorrelation_time(values))
    probabilities = [0.5, 0.95, 0.99]
    found = resampled_quantiles(
        values, probabilities, length=length, chance=np.random.default_rng(1), resamples=2_000
    )
    chance = np.random.default_rng(2)
    circle, offsets = np.concatenate([values, values[:length]]), np.arange(length)
    one_by_one = []
    for _ in range(400):
        begins = chance.integers(0, len(values), (math.ceil(len(values) / length), 1))
        one_by_one.append(np.quantile(circle[(begins + offsets).ravel()[: len(values)]], probabilities))
    expected = np.array(one_by_one)
    assert found.mean(axis=0) == pytest.approx(expected.mean(axis=0), rel=0.005)
    assert found.std(axis=0) == pytest.approx(expected.std(axis=0), rel=0.2, abs=0.05)
    if rounded:
        assert (np.isin(found, values).mean(axis=0) > 0.95).all()


def test_resampled_quantiles_are_numpys() -> None:
    values = np.arange(101.0)
    found = resampled_quantiles(values, [0.0, 0.5, 0.95, 1.0], length=25, chance=np.random.default_rng(1))
    assert found.shape == (400, 4)
    assert (np.diff(found, axis=1) >= 0).all()
    alone = resampled_quantiles(values[:1], [0.5, 0.99], length=1, chance=np.random.default_rng(1))
    assert (alone == 0).all()
