"""How many independent values a series is worth: latencies that follow each other resemble each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def autocorrelation_time(values: npt.NDArray[np.float64]) -> float:
    """The integrated autocorrelation time: so many values of the series say as much as one independent value.

    One, and twice the sum of the autocorrelations at all distances, by Geyer's initial monotone sequence (1992,
    "Practical Markov Chain Monte Carlo"): pairs of neighbouring ones are added as long as they are positive, none
    more than the pair before it. Never below 1: values that alternate are not counted as more than they are.

    Args:
        values: in the order of time.
    """
    import numpy as np

    size = len(values)
    if size < 4:
        return 1.0
    centred = values - values.mean()
    variance = float(centred @ centred)
    # What is constant but for rounding varies by about 1e-16 of its size.
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
    """How many independent values the series is worth, at most as many as it has."""
    return len(values) / autocorrelation_time(values)
