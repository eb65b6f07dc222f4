"""Significance tests for autocorrelated series, on effective sample sizes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from analysis.statistics.autocorrelation import autocorrelation_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt


def rank_test(
    before: npt.NDArray[np.float64], after: npt.NDArray[np.float64]
) -> tuple[float, float, tuple[float, float]]:
    """Run the Mann–Whitney test, with a variance for effective sizes instead of sizes.

    The effective sizes are those of the ranks, which the test adds up and which have no long tail. Ties share their
    rank, and the variance is corrected for them.

    Args:
        before: Values of the first series in the order of time; not empty.
        after: Values of the second series in the order of time; not empty.

    Returns:
        The two-sided p-value, the probability that a value of `after` is larger than one of `before`, and the
        effective sizes of both series.
    """
    import numpy as np

    first, second = len(before), len(after)
    total = first + second
    _, place, counts = np.unique(np.concatenate([before, after]), return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks = (ends - (counts - 1) / 2)[place].astype(np.float64)
    effective = (
        first / autocorrelation_time(ranks[:first]),
        second / autocorrelation_time(ranks[first:]),
    )
    larger = float((ranks[first:].sum() - second * (second + 1) / 2) / (first * second))
    ties = float((counts.astype(np.float64) ** 3 - counts).sum()) / (total**3 - total)
    variance = (1 - ties) / 12 * (1 / effective[0] + 1 / effective[1])
    if variance <= 0:
        return 1.0, 0.5, effective
    score = (larger - 0.5) / math.sqrt(variance)
    return two_sided(score, sum(effective) - 2), larger, effective


def two_sided(score: float, degrees: float) -> float:
    """Return the probability that Student's t is at least as far from 0 as the score.

    Wallace's transformation to the normal distribution (1959): with n degrees of freedom,
    z = (8n + 1) / (8n + 3) · √(n ln(1 + t²/n)).
    """
    degrees = max(1.0, degrees)
    normal = (8 * degrees + 1) / (8 * degrees + 3) * math.sqrt(degrees * math.log1p(score * score / degrees))
    return math.erfc(normal / math.sqrt(2))


def fisher(before: tuple[int, int], after: tuple[int, int]) -> float:
    """Run Fisher's exact test of two shares, two-sided.

    Args:
        before: Hits and total of the first side.
        after: Hits and total of the second side.

    Returns:
        The probability of all tables that are at most as likely as this one, if both shares are equal.
    """
    hits, total = before[0] + after[0], before[1] + after[1]

    def likelihood(here: int) -> float:
        return (
            _ways(before[1], here) + _ways(after[1], hits - here) - _ways(total, hits)
            if 0 <= hits - here <= after[1]
            else -math.inf
        )

    seen = likelihood(before[0])
    possible = range(max(0, hits - after[1]), min(hits, before[1]) + 1)
    likely = [likelihood(here) for here in possible]
    return min(1.0, math.fsum(math.exp(one) for one in likely if one <= seen + 1e-7))


def share_interval(hits: float, total: float) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share. It is valid at 0 hits, where resampling would yield only 0."""
    squared = 1.959964**2
    middle = (hits + squared / 2) / (total + squared)
    spread = 1.959964 / (total + squared) * math.sqrt(hits * (total - hits) / total + squared / 4)
    return max(0.0, middle - spread), min(1.0, middle + spread)


def holm(probabilities: Sequence[float]) -> list[float]:
    """Apply Holm's correction (1979): if nothing differs, at most 5 % of lists have a result below 0.05.

    Returns:
        The corrected probabilities, in the order of the input.
    """
    corrected = [1.0] * len(probabilities)
    largest = 0.0
    order = sorted(range(len(probabilities)), key=lambda place: probabilities[place])
    for done, place in enumerate(order):
        largest = max(largest, min(1.0, probabilities[place] * (len(probabilities) - done)))
        corrected[place] = largest
    return corrected


def _ways(total: int, chosen: int) -> float:
    """Return the logarithm of the binomial coefficient."""
    return math.lgamma(total + 1) - math.lgamma(chosen + 1) - math.lgamma(total - chosen + 1)
