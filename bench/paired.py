"""Two arms, taken in turns within one run, and the ratio between them with its confidence interval."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

Sample = TypeVar("Sample")
RESAMPLES = 10_000


@dataclass(frozen=True, slots=True)
class Ratio:
    """The median of pairwise ratios and the bounds of its 95 % bootstrap interval."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.3g} (95 % interval {self.low:.3g} to {self.high:.3g})"


def in_turns(
    first: Callable[[], Sample], second: Callable[[], Sample], pairs: int
) -> tuple[list[Sample], list[Sample]]:
    """Run A B B A …, so that a drift of the machine falls on both."""
    left: list[Sample] = []
    right: list[Sample] = []
    for index in range(pairs):
        order = (first, second) if index % 2 == 0 else (second, first)
        for arm in order:
            (left if arm is first else right).append(arm())
    return left, right


def ratio(left: Sequence[float], right: Sequence[float], *, seed: int = 1) -> Ratio:
    """The ratio left : right over the pairs."""
    pairs = [a / b for a, b in zip(left, right, strict=True)]
    draw = random.Random(seed)  # noqa: S311  # resampling, not secrets
    medians = sorted(statistics.median(draw.choices(pairs, k=len(pairs))) for _ in range(RESAMPLES))
    low, high = medians[int(RESAMPLES * 0.025)], medians[int(RESAMPLES * 0.975)]
    return Ratio(statistics.median(pairs), low, high)
