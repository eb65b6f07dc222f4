"""How often a comparison is wrong: false alarms on equal pairs, and slowdowns it misses. The docs state the figures.

Each pair is a whole comparison, of two endpoints, a queue's wait and its processing with 1 % errors, as the command
makes it; what varies is the likeness of neighbours and the tail.
"""

from __future__ import annotations

import numpy as np
import pytest

from analysis.compare.judge import Errors, Verdict, judge, verdict_of
from tests.analysis_compare.latencies import SLOWED, side

EQUAL_PAIRS = 60
SLOWER_PAIRS = 100


@pytest.fixture(scope="module")
def alarms() -> dict[tuple[float, float], int]:
    """False alarms by likeness and share of slow requests, among so many pairs each."""
    return {
        (likeness, slow_share): _alarms(likeness, slow_share)
        for likeness, slow_share in ((0.0, 0.0), (0.5, 0.0), (0.7, 0.0), (0.3, 0.1))
    }


def test_equal_pairs_show_no_change(alarms: dict[tuple[float, float], int]) -> None:

    assert sum(alarms.values()) <= 0.05 * EQUAL_PAIRS * len(alarms)


def test_likeness_of_neighbours_is_no_change(alarms: dict[tuple[float, float], int]) -> None:
    """A test that took each value for an independent one would find a change in a third of these pairs."""
    likely = [count for (likeness, _), count in alarms.items() if likeness >= 0.5]
    assert sum(likely) <= 0.05 * EQUAL_PAIRS * len(likely)


@pytest.mark.parametrize("likeness", [0.0, 0.2])
def test_a_slowdown_of_a_fifth_is_found_in_500_requests(likeness: float) -> None:
    found = 0
    for seed in range(SLOWER_PAIRS):
        chance = np.random.default_rng((2, seed))
        pair = side(chance, likeness=likeness), side(chance, likeness=likeness, slower=1.2)
        judged = {one.key: one.verdict for one in judge(*pair, chance=chance)}
        found += judged[SLOWED] is Verdict.SLOWER

    assert found >= 0.9 * SLOWER_PAIRS


def _alarms(likeness: float, slow_share: float) -> int:
    count = 0
    for seed in range(EQUAL_PAIRS):
        chance = np.random.default_rng((1, seed))
        pair = [side(chance, likeness=likeness, slow_share=slow_share) for _ in range(2)]
        judged = judge(pair[0], pair[1], chance=chance)
        quiet = all(one.errors is Errors.NO_CHANGE for one in judged)
        count += not (quiet and verdict_of(judged) is Verdict.NO_CHANGE)
    return count
