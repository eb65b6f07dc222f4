"""One storage of all metrics for both readers: the one that serves /metrics and the one that pushes.

The SDK keeps a storage for each reader, and each measurement pays for each storage: 10 to 20 µs. Both readers want
the same cumulative values, so they share one here. A collection empties the exemplars. Those of a scrape are kept for
the next push, because /metrics cannot show them.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, Any

from opentelemetry.sdk.metrics.export import HistogramDataPoint, InMemoryMetricReader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.sdk.metrics import Exemplar
    from opentelemetry.sdk.metrics.export import MetricReader, MetricsData


class OneStorage:
    """The storage, and its readers.

    Attributes:
        reader: The only reader that the meter provider has.
    """

    def __init__(self) -> None:
        self.reader = InMemoryMetricReader()
        self._lock = Lock()
        self._pushes = False
        self._kept: dict[Any, dict[int, Exemplar]] = {}

    def serve(self, reader: MetricReader) -> None:
        """Let a reader collect without exemplars."""
        # The SDK's own way to register a reader. Its type does not allow that there is nothing to collect.
        reader._set_collect_callback(lambda *_, **__: self._collected(keep=True))  # type: ignore[arg-type]

    def push(self, reader: MetricReader) -> None:
        """Let a reader collect with all exemplars since its last collection."""
        self._pushes = True
        reader._set_collect_callback(lambda *_, **__: self._collected(keep=False))  # type: ignore[arg-type]

    def _collected(self, *, keep: bool) -> MetricsData | None:
        with self._lock:
            data = self.reader.get_metrics_data()
            for name, points in _histograms(data) if self._pushes else ():
                for number, point in enumerate(points):
                    self._move_exemplars(name, points, number, point, keep=keep)
            return data

    def _move_exemplars(
        self,
        name: str,
        points: list[HistogramDataPoint],
        number: int,
        point: HistogramDataPoint,
        *,
        keep: bool,
    ) -> None:
        key = name, frozenset((point.attributes or {}).items())
        kept = self._kept.setdefault(key, {}) if keep else self._kept.pop(key, {})
        for exemplar in point.exemplars:
            # The last one of each bucket, as in the SDK.
            kept[bisect_left(point.explicit_bounds, exemplar.value)] = exemplar
        if kept and not keep:
            points[number] = replace(point, exemplars=list(kept.values()))


def _histograms(data: MetricsData | None) -> Iterator[tuple[str, list[HistogramDataPoint]]]:
    for resource in data.resource_metrics if data else ():
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                points = metric.data.data_points
                if points and isinstance(points[0], HistogramDataPoint):
                    yield metric.name, points  # type: ignore[misc]
