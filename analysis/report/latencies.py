"""How the durations of an endpoint's calls are spread."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.columns.table import SpanTable
    from analysis.endpoints import Endpoint, EndpointRows
    from analysis.percentiles import Percentiles

_FEWEST_BINS, _MOST_BINS = 6, 40
_SHORTEST_NS = 1_000.0
"""A logarithmic scale has no zero: what is shorter stands at a microsecond."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """The calls of one endpoint by duration.

    Attributes:
        service: whose it is.
        name: the endpoint's.
        edges_ns: of the bins, evenly spaced on a logarithmic scale; one more than there are bins.
        counts: calls by bin; together all of the endpoint's.
        spread: its percentiles, as the table of endpoints has them.
    """

    service: str
    name: str
    edges_ns: Sequence[float]
    counts: Sequence[int]
    spread: Percentiles


def distributions(
    table: SpanTable, calls: EndpointRows, endpoints: Sequence[Endpoint], most: int
) -> list[Distribution]:
    """The spread of the first endpoints.

    Args:
        table: the spans.
        calls: see `endpoints.endpoint_rows`.
        endpoints: in the order of the table.
        most: of how many.
    """
    numbers = {key: number for number, key in enumerate(calls.keys)}
    took, finished = table.duration_ns[calls.rows], ~table.unfinished[calls.rows]
    answer: list[Distribution] = []
    for one in endpoints:
        if one.duration is None or len(answer) == most:
            continue
        edges, counts = _bins(took[finished & (calls.index == numbers[one.service, one.endpoint])])
        answer.append(Distribution(one.service, one.endpoint, edges, counts, one.duration))
    return answer


def _bins(took: np.ndarray[tuple[int], np.dtype[np.int64]]) -> tuple[list[float], list[int]]:
    """Square root of n bins, from the shortest to the longest call."""
    shown = np.maximum(took, _SHORTEST_NS)
    low, high = float(shown.min()), float(shown.max())
    if high < low * 1.01:
        low, high = low * 0.9, high * 1.1
    count = min(_MOST_BINS, max(_FEWEST_BINS, math.isqrt(len(took))))
    edges = np.geomspace(low, high, count + 1)
    edges[0], edges[-1] = low, high  # rounding must not leave the extremes out
    counts, _ = np.histogram(shown, edges)
    return edges.tolist(), counts.tolist()
