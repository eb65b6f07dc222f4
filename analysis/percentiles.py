"""Percentiles: which method, and from how many samples on one means something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

METHOD = "linear interpolation between the two nearest samples"
"""As `numpy.percentile` does by default (Hyndman and Fan's type 7): rank (n - 1) × q, counted from 0."""

ENOUGH_FOR_P99 = 100
"""Below so many samples, p99 is the maximum or close to it."""


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Percentiles of a number of durations."""

    count: Annotated[int, "durations"]
    p50_ns: Annotated[float, "the median, ns"]
    p95_ns: Annotated[float, "ns"]
    p99_ns: Annotated[float, "ns"]
    p99_is_sound: Annotated[bool, "whether there are the 100 durations that p99 needs"]
    mean_ns: Annotated[float, "ns"]
    max_ns: Annotated[float, "ns"]


def percentiles(samples: NDArray[np.int64] | NDArray[np.float64]) -> Percentiles | None:
    """The percentiles of some durations in nanoseconds; None when there are none."""
    import numpy as np

    if not len(samples):
        return None
    p50, p95, p99 = np.percentile(samples, (50, 95, 99))
    count = len(samples)
    return Percentiles(
        count,
        float(p50),
        float(p95),
        float(p99),
        count >= ENOUGH_FOR_P99,
        float(samples.mean()),
        float(samples.max()),
    )


def percentile(samples: NDArray[np.int64] | NDArray[np.float64], percent: float) -> float:
    """One percentile of at least one sample."""
    import numpy as np

    return float(np.percentile(samples, percent))
