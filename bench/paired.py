"""Run arms in turns within one run, and compute the ratio of two arms with its confidence interval."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from msgspec import Meta, Struct

Sample = TypeVar("Sample")
Positive = Annotated[float, Meta(gt=0)]
RESAMPLES = 10_000


class Ratio(Struct, frozen=True, forbid_unknown_fields=True):
    """The median of pairwise ratios and the bounds of its 95 % bootstrap interval.

    Attributes:
        pairs: Number of ratios. One pair has no interval: its bounds are the ratio itself.
    """

    median: Positive
    low: Positive
    high: Positive
    pairs: Annotated[int, Meta(ge=1)]

    def __str__(self) -> str:
        interval = f"95 % interval {self.low:.3g} to {self.high:.3g}"
        return f"{self.median:.3g} ({interval if self.pairs > 1 else 'one pair: no interval'})"


def in_turns(rounds: int, *arms: Callable[[], Sample]) -> list[list[Sample]]:
    """Run A B B A …, so that a drift of the machine affects all arms equally. Return the samples of each arm."""
    samples: list[list[Sample]] = [[] for _ in arms]
    for number in range(rounds):
        order = list(zip(arms, samples, strict=True))
        for arm, taken in order if number % 2 == 0 else reversed(order):
            taken.append(arm())
    return samples


def ratio(left: Sequence[float], right: Sequence[float], *, seed: int = 1) -> Ratio:
    """Return the ratio left : right over the pairs.

    Raises:
        SystemExit: a sample is 0, so that there is no ratio.
    """
    if min(*left, *right) <= 0:
        raise SystemExit("a block counted nothing: the result of this run is invalid")
    pairs = [a / b for a, b in zip(left, right, strict=True)]
    draw = random.Random(seed)  # noqa: S311  # resampling, not secrets
    medians = sorted(statistics.median(draw.choices(pairs, k=len(pairs))) for _ in range(RESAMPLES))
    low, high = medians[int(RESAMPLES * 0.025)], medians[int(RESAMPLES * 0.975)]
    return Ratio(statistics.median(pairs), low, high, len(pairs))
