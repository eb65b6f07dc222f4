"""Percentiles: which method, and from how many samples on one means something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

METHOD = "linear interpolation between the two nearest samples"
"""As `numpy.percentile` does by default (Hyndman and Fan's type 7): rank (n - 1) × q, counted from 0."""

ENOUGH_FOR_P99 = 100
"""Below so many samples, p99 is the maximum or close to it."""


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Of a number of samples, in their unit.

    Attributes:
        count: samples.
        p50: the median.
        p95: 95 of 100 are no longer.
        p99: 99 of 100 are no longer.
        mean: their mean.
        largest: the largest.
    """

    count: int
    p50: float
    p95: float
    p99: float
    mean: float
    largest: float

    @property
    def p99_is_sound(self) -> bool:
        """Whether there are enough samples for p99."""
        return self.count >= ENOUGH_FOR_P99


def percentiles(samples: NDArray[np.int64] | NDArray[np.float64]) -> Percentiles | None:
    """The percentiles of some samples; None when there are none."""
    import numpy as np

    if not len(samples):
        return None
    p50, p95, p99 = np.percentile(samples, (50, 95, 99))
    return Percentiles(
        len(samples), float(p50), float(p95), float(p99), float(samples.mean()), float(samples.max())
    )


def percentile(samples: NDArray[np.int64] | NDArray[np.float64], percent: float) -> float:
    """One percentile of at least one sample."""
    import numpy as np

    return float(np.percentile(samples, percent))
