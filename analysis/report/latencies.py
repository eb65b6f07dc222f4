"""Latency distributions of endpoints."""

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
"""Shortest duration on the logarithmic scale, which has no zero; shorter calls count as one microsecond."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """The calls of one endpoint by duration.

    Attributes:
        service: Service of the endpoint.
        name: Name of the endpoint.
        edges_ns: Edges of the bins, evenly spaced on a logarithmic scale; one more than there are bins.
        counts: Number of calls in each bin; all finished calls of the endpoint are counted.
        spread: Percentiles, as in the table of endpoints.
    """

    service: str
    name: str
    edges_ns: Sequence[float]
    counts: Sequence[int]
    spread: Percentiles


def distributions(
    table: SpanTable, calls: EndpointRows, endpoints: Sequence[Endpoint], most: int
) -> list[Distribution]:
    """Return the latency distributions of the first endpoints.

    Args:
        table: The spans.
        calls: Calls of the endpoints, see `endpoints.endpoint_rows`.
        endpoints: Endpoints in the order of the table.
        most: Maximum number of distributions.
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
    """Return the edges and counts of √n bins, from the shortest to the longest of n calls."""
    shown = np.maximum(took, _SHORTEST_NS)
    low, high = float(shown.min()), float(shown.max())
    if high < low * 1.01:
        low, high = low * 0.9, high * 1.1
    count = min(_MOST_BINS, max(_FEWEST_BINS, math.isqrt(len(took))))
    edges = np.geomspace(low, high, count + 1)
    edges[0], edges[-1] = low, high  # rounding must not exclude the extremes
    counts, _ = np.histogram(shown, edges)
    return edges.tolist(), counts.tolist()
