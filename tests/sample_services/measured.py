"""What the metrics of this process say: all since the process began, so tests compare before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry.sdk.metrics.export import HistogramDataPoint, InMemoryMetricReader

if TYPE_CHECKING:
    from collections.abc import Iterator

reader = InMemoryMetricReader()


def points(name: str, **attributes: Any) -> Iterator[Any]:
    """The points of a metric with at least these attributes; `__` in a name stands for a dot."""
    wanted = {key.replace("__", "."): value for key, value in attributes.items()}
    data = reader.get_metrics_data()
    for resource in data.resource_metrics if data else ():
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                if metric.name == name:
                    for point in metric.data.data_points:
                        if wanted.items() <= dict(point.attributes or {}).items():
                            yield point


def total(name: str, **attributes: Any) -> float:
    """The sum of a counter's or gauge's values, or the number of a histogram's."""
    found = points(name, **attributes)
    return float(sum(it.count if isinstance(it, HistogramDataPoint) else it.value for it in found))


def seconds(name: str, **attributes: Any) -> float:
    """The sum of what a histogram recorded."""
    return float(sum(point.sum for point in points(name, **attributes)))


def traces(name: str, **attributes: Any) -> set[str]:
    """Trace ids of the exemplars since the last reading, in hex. Reading forgets them."""
    return {
        format(exemplar.trace_id, "032x")
        for point in points(name, **attributes)
        for exemplar in point.exemplars
        if exemplar.trace_id
    }
