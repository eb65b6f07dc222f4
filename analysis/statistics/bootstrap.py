"""Circular block bootstrap: resampling a series in blocks, which keeps neighbours together."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

RESAMPLES = 400
"""Number of resamples: enough for a standard error to ±4 % and for the bounds of a 95 % interval."""

MANY = 10_000
"""Length above which a series is resampled by stretches, with counts only, and not value by value."""

_STRETCHES = 1_000
_GRID = 64
_REACH = 6.0

_MOST_VALUES = 20_000_000


def block_length(size: int, autocorrelation_time: float) -> int:
    """Return the number of neighbours to keep together.

    It is the best block length for a mean (Politis and White 2004, corrected 2009), for an AR(1) process with
    autocorrelation time t: ∛(6 n ((t² - 1) / 4t)²). At least 1, at most a quarter of the series.

    Args:
        size: Number of values.
        autocorrelation_time: Autocorrelation time of the values; 1 if they are independent.
    """
    ratio = (autocorrelation_time**2 - 1) / (4 * autocorrelation_time)
    best = math.cbrt(6 * size * ratio**2)
    return max(1, min(math.ceil(best), size // 4))


def resampled_quantiles(
    values: npt.NDArray[np.float64],
    probabilities: Sequence[float],
    *,
    length: int,
    chance: np.random.Generator,
    resamples: int = RESAMPLES,
) -> npt.NDArray[np.float64]:
    """Return quantiles of resampled series (linear interpolation, numpy's default).

    Args:
        values: Values in the order of time; at least one.
        probabilities: The quantiles, 0 to 1.
        length: Length of a block, see `block_length`.
        chance: Random generator for the starts of the blocks.
        resamples: Number of resamples.

    Returns:
        An array of shape (resamples, quantiles).
    """
    import numpy as np

    size = len(values)
    if size > MANY:
        return _of_stretches(values, probabilities, length, chance, resamples)
    at_once = max(1, min(resamples, _MOST_VALUES // size))
    blocks = math.ceil(size / length)
    offsets = np.arange(length)
    # float32: seven digits are enough here and sort several times as fast. The end wraps around to the start.
    circle = np.concatenate([values, values[:length]]).astype(np.float32)
    found = np.empty((resamples, len(probabilities)))
    for first in range(0, resamples, at_once):
        count = min(at_once, resamples - first)
        begins = chance.integers(0, size, (count, blocks, 1))
        places = (begins + offsets).reshape(count, -1)[:, :size]
        found[first : first + count] = _quantiles(circle[places], probabilities)
    return found


def interval(resampled: npt.NDArray[np.float64], level: float = 0.95) -> tuple[float, float]:
    """Return the percentile interval of a resampled figure."""
    import numpy as np

    low, high = np.quantile(resampled, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _of_stretches(
    values: npt.NDArray[np.float64],
    probabilities: Sequence[float],
    length: int,
    chance: np.random.Generator,
    resamples: int,
) -> npt.NDArray[np.float64]:
    """Resample a long series in blocks that do not overlap, about 1,000 in all and each at least `length` long.

    The values of each stretch are counted below and at 64 values of the series around a quantile, up to six standard
    errors away. Between two of these values the quantile is interpolated.
    """
    import numpy as np

    size = len(values)
    stretch = np.arange(size) // max(length, math.ceil(size / _STRETCHES))
    lengths = np.bincount(stretch)
    many = len(lengths)
    drawn = chance.multinomial(many, np.full(many, 1 / many), resamples).astype(np.float64)
    total = drawn @ lengths
    in_order = np.sort(values)
    found = np.empty((resamples, len(probabilities)))
    for place, probability in enumerate(probabilities):
        rank = probability * (size - 1)
        below = np.bincount(stretch, values <= in_order[int(rank)]) - probability * lengths
        reach = _REACH * math.sqrt(many) * float(below.std()) + 1
        ranks = np.linspace(rank - reach, rank + reach, _GRID).clip(0, size - 1).astype(np.int64)
        grid = np.unique(in_order[ranks])
        # Even numbers: a value between two grid values. Odd numbers: a value equal to a grid value.
        side = np.searchsorted(grid, values, "left") + np.searchsorted(grid, values, "right")
        cells = np.bincount(stretch * (2 * len(grid) + 1) + side, minlength=many * (2 * len(grid) + 1))
        counts = cells.reshape(many, -1)[:, :-1].cumsum(axis=1)
        shares = (drawn @ counts) / total[:, None]
        wanted = (rank + 1) / size
        found[:, place] = [np.interp(wanted, of_one, np.repeat(grid, 2)) for of_one in shares]
    return found


def _quantiles(rows: npt.NDArray[np.float32], probabilities: Sequence[float]) -> npt.NDArray[np.float64]:
    """Return the quantiles of each row. Sorts in place: half the time of numpy's function, which copies and checks."""
    import numpy as np

    size = rows.shape[1]
    rows.sort(axis=1)
    found = []
    for probability in probabilities:
        place = probability * (size - 1)
        low = rows[:, int(place)].astype(np.float64)
        high = rows[:, min(int(place) + 1, size - 1)]
        found.append(low + (high - low) * (place - int(place)))
    return np.stack(found, axis=1)
