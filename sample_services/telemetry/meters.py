"""The meter provider of a process, with the edges of its latency histograms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry.sdk.metrics import AlwaysOffExemplarFilter, MeterProvider
from opentelemetry.sdk.metrics.view import ExplicitBucketHistogramAggregation, View

from .http_server import DURATION
from .instruments import LATENCY_EDGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opentelemetry.sdk.metrics.export import MetricReader
    from opentelemetry.sdk.resources import Resource

_OF_REQUESTS = DURATION, "http.client.request.duration"


def create_meter_provider(
    resource: Resource | None,
    readers: Sequence[MetricReader],
    latency_edges: Sequence[float] = LATENCY_EDGES,
    *,
    exemplars: bool = True,
) -> MeterProvider:
    """Create the meter provider.

    Args:
        resource: The service; None for a test.
        readers: Readers of all metrics.
        latency_edges: Edges of the buckets for the durations of HTTP requests, in seconds, ascending.
        exemplars: Whether to keep exemplars, which cost 3 µs for each measurement. By default those of sampled traces.
    """
    edges = ExplicitBucketHistogramAggregation(latency_edges)
    views = [View(instrument_name=name, aggregation=edges) for name in _OF_REQUESTS]
    none = None if exemplars else AlwaysOffExemplarFilter()
    return MeterProvider(readers, resource, none, views=views, shutdown_on_exit=False)
