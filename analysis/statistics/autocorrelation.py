"""Effective sample size of a series: neighbouring latencies are alike, so they count as fewer independent values."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def autocorrelation_time(values: npt.NDArray[np.float64]) -> float:
    """Return the integrated autocorrelation time: the number of values that are worth one independent value.

    It is 1 plus twice the sum of the autocorrelations at all lags. The sum ends by Geyer's initial monotone sequence
    (1992, "Practical Markov Chain Monte Carlo"): pairs of neighbouring lags are added while they are positive, each at
    most as large as the pair before it. The result is at least 1, so alternating values do not count as more.

    Args:
        values: Values in the order of time.
    """
    import numpy as np

    size = len(values)
    if size < 4:
        return 1.0
    centred = values - values.mean()
    variance = float(centred @ centred)
    # A constant series still varies by rounding, about 1e-16 of its size.
    if variance <= 1e-20 * float(values @ values):
        return 1.0
    padded = 1 << (2 * size - 1).bit_length()
    spectrum = np.fft.rfft(centred, padded)
    correlations = np.fft.irfft(spectrum * spectrum.conj(), padded)[:size] / variance
    even = size - size % 2
    pairs = correlations[:even:2] + correlations[1:even:2]
    ends = np.flatnonzero(pairs <= 0)
    positive = np.minimum.accumulate(pairs[: ends[0]] if len(ends) else pairs)
    return max(1.0, 2.0 * float(positive.sum()) - 1.0)


def effective_size(values: npt.NDArray[np.float64]) -> float:
    """Return the number of independent values that the series is worth, at most its length."""
    return len(values) / autocorrelation_time(values)
