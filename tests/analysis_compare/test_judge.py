"""What is called slower, and what is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.compare.judge import Comparison, Errors, Threshold, Verdict, judge, verdict_of
from analysis.compare.series import Series
from tests.analysis_compare.latencies import SLOWED, side

NONE = Threshold(0, 0, 0)


def _judged(before: Series, after: Series, threshold: Threshold | None = None) -> Comparison:
    (one,) = judge({SLOWED: before}, {SLOWED: after}, chance=np.random.default_rng(5), threshold=threshold)
    return one


def _one(seed: int = 1, **options: float) -> Series:
    return side(np.random.default_rng(seed), **options)[SLOWED]  # type: ignore[arg-type]


def test_slower_and_back_is_faster() -> None:
    before, after = _one(), _one(2, slower=1.4)
    assert _judged(before, after).verdict is Verdict.SLOWER
    assert _judged(after, before).verdict is Verdict.FASTER


def test_figures_are_those_of_the_values() -> None:
    before, after = _one(), _one(2, slower=1.4)
    judged = _judged(before, after)
    assert judged.counts == (500, 500)
    assert judged.p95.before == pytest.approx(np.percentile(before.milliseconds, 95))
    assert judged.p50.after == pytest.approx(np.percentile(after.milliseconds, 50))
    assert judged.error_rate.before == before.failed.mean()
    for figure in (judged.p50, judged.p95, judged.p99, judged.error_rate, judged.request_rate):
        assert figure.low <= figure.change <= figure.high
    spread = (before.starts_ns[-1] - before.starts_ns[0]) / 1e9
    assert judged.request_rate.before == pytest.approx(500 / spread)


def test_a_tail_that_grows_under_a_median_that_stands_is_slower() -> None:
    before, chance = _one(), np.random.default_rng(3)
    tail = np.where(chance.random(500) < 0.07, 8.0, 1.0)
    judged = _judged(before, replace(before, milliseconds=chance.permutation(before.milliseconds) * tail))
    assert judged.p50.percent == pytest.approx(0, abs=5)
    assert judged.verdict is Verdict.SLOWER
    assert judged.p_tail is not None
    assert judged.p_tail < 0.001


def test_what_is_certain_but_small_is_no_change() -> None:
    before = _one()
    after = replace(before, milliseconds=before.milliseconds * 1.03)
    many = [
        Series(np.tile(one.milliseconds, 40), np.tile(one.failed, 40), before.starts_ns)
        for one in (before, after)
    ]
    rng = np.random.default_rng(1)
    for one in many:
        rng.shuffle(one.milliseconds)
    assert _judged(many[0], many[1], NONE).verdict is Verdict.SLOWER
    assert _judged(many[0], many[1]).verdict is Verdict.NO_CHANGE
    assert _judged(many[0], many[1], Threshold(1.0, 2.0)).verdict is Verdict.SLOWER
    assert _judged(many[0], many[1], Threshold(5.0, 2.0)).verdict is Verdict.NO_CHANGE


@pytest.mark.parametrize(("count", "likeness"), [(49, 0.0), (500, 0.97)])
def test_too_few_values_are_not_judged(count: int, likeness: float) -> None:
    before, after = (_one(seed, count=count, likeness=likeness) for seed in (1, 2))
    judged = _judged(before, replace(after, milliseconds=after.milliseconds * 3))
    assert judged.verdict is Verdict.NOT_ENOUGH_DATA
    assert judged.p_tail is None
    assert verdict_of([judged]) is verdict_of([]) is Verdict.NOT_ENOUGH_DATA


def test_failures_that_come_together_are_less_evidence() -> None:
    quiet = replace(_one(), failed=np.zeros(500, bool))
    scattered = np.zeros(500, bool)
    scattered[::33] = True
    together = np.zeros(500, bool)
    together[100:116] = True
    assert scattered.sum() == together.sum()
    assert _judged(quiet, replace(_one(2), failed=scattered)).errors is Errors.MORE
    assert _judged(replace(_one(2), failed=scattered), quiet).errors is Errors.FEWER
    assert _judged(quiet, replace(_one(2), failed=together)).errors is Errors.NO_CHANGE


def test_what_stands_still_is_no_change() -> None:
    still = replace(_one(), milliseconds=np.full(500, 3.0), failed=np.zeros(500, bool))
    judged = _judged(still, still)
    assert (judged.verdict, judged.p_rank, judged.p_tail) == (Verdict.NO_CHANGE, 1.0, 1.0)
    jumped = _judged(still, replace(still, milliseconds=np.full(500, 9.0)))
    assert jumped.verdict is Verdict.SLOWER
    nothing = replace(still, milliseconds=np.zeros(500))
    assert _judged(nothing, nothing).p50.percent is None


def test_one_that_is_slower_decides() -> None:
    pair = side(np.random.default_rng(1)), side(np.random.default_rng(2), slower=1.5)
    judged = judge(*pair, chance=np.random.default_rng(3))
    assert verdict_of(judged) is Verdict.SLOWER
    assert [one.verdict for one in judged if one.key != SLOWED] == [Verdict.NO_CHANGE] * 3
    assert verdict_of([one for one in judged if one.key != SLOWED]) is Verdict.NO_CHANGE


def test_the_same_seed_gives_the_same_answer() -> None:
    pair = side(np.random.default_rng(1)), side(np.random.default_rng(2))
    assert judge(*pair, chance=np.random.default_rng(3)) == judge(*pair, chance=np.random.default_rng(3))
