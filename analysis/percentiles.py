"""Percentiles: the method, and the minimum number of samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

METHOD = "linear interpolation between the two nearest samples"
"""Default method of `numpy.percentile` (Hyndman and Fan's type 7): rank (n - 1) × q, counted from 0."""

ENOUGH_FOR_P99 = 100
"""Minimum number of samples for p99; with fewer, it is the maximum or close to it."""


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Percentiles of durations."""

    count: Annotated[int, "number of durations"]
    p50_ns: Annotated[float, "the median, ns"]
    p95_ns: Annotated[float, "95th percentile, ns"]
    p99_ns: Annotated[float, "99th percentile, ns"]
    p99_is_sound: Annotated[bool, "whether there are at least 100 durations, the minimum for p99"]
    mean_ns: Annotated[float, "the mean, ns"]
    max_ns: Annotated[float, "the longest, ns"]


def percentiles(samples: NDArray[np.int64] | NDArray[np.float64]) -> Percentiles | None:
    """Return the percentiles of durations in nanoseconds; None if there are no durations."""
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
    """Return one percentile of at least one sample."""
    import numpy as np

    return float(np.percentile(samples, percent))
