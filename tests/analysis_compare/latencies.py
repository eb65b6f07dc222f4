"""Made-up latencies as services have them: skewed, and each like the one before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.compare.series import Key, Series, SeriesKind

if TYPE_CHECKING:
    import numpy.typing as npt

# Median in ms and spread (σ of the logarithm) of three endpoints, a queue's wait and its processing.
SUBJECTS = {
    Key(SeriesKind.ENDPOINT, "shop", "POST /orders"): (40.0, 0.5),
    Key(SeriesKind.ENDPOINT, "shop", "GET /orders"): (12.0, 0.3),
    Key(SeriesKind.QUEUE_WAIT, "billing", "orders"): (5.0, 0.8),
    Key(SeriesKind.QUEUE_PROCESSING, "billing", "orders"): (120.0, 0.5),
}
SLOWED = next(iter(SUBJECTS))


def latencies(
    chance: np.random.Generator,
    count: int,
    *,
    median: float,
    spread: float,
    likeness: float,
    slow_share: float,
) -> npt.NDArray[np.float64]:
    """Log-normal values; neighbours correlate by `likeness` (AR(1)); a share of them takes six times as long."""
    logarithms = chance.standard_normal(count)
    scale = (1 - likeness**2) ** 0.5
    for place in range(1, count) if likeness else ():
        logarithms[place] = likeness * logarithms[place - 1] + scale * logarithms[place]
    slow = np.where(chance.random(count) < slow_share, 6.0, 1.0)
    return median * np.exp(spread * logarithms) * slow


def side(
    chance: np.random.Generator,
    *,
    count: int = 500,
    likeness: float = 0.0,
    slow_share: float = 0.0,
    slower: float = 1.0,
) -> dict[Key, Series]:
    """The series of one side; the first endpoint takes `slower` times as long."""
    found = {}
    for key, (median, spread) in SUBJECTS.items():
        values = latencies(
            chance, count, median=median, spread=spread, likeness=likeness, slow_share=slow_share
        )
        found[key] = Series(
            values * (slower if key == SLOWED else 1.0),
            chance.random(count) < 0.01,
            np.sort(chance.integers(0, 600 * 10**9, count)),
        )
    return found
