"""The meter provider of a process, with the edges of its latency histograms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.view import ExplicitBucketHistogramAggregation, View

from .http_server import DURATION
from .instruments import LATENCY_EDGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opentelemetry.sdk.metrics.export import MetricReader
    from opentelemetry.sdk.resources import Resource

_OF_REQUESTS = DURATION, "http.client.request.duration"


def create_meter_provider(
    resource: Resource | None, readers: Sequence[MetricReader], latency_edges: Sequence[float] = LATENCY_EDGES
) -> MeterProvider:
    """Create the meter provider.

    Args:
        resource: The service; None for a test.
        readers: Readers of all metrics.
        latency_edges: Edges of the buckets for the durations of HTTP requests, in seconds, ascending.
    """
    edges = ExplicitBucketHistogramAggregation(latency_edges)
    views = [View(instrument_name=name, aggregation=edges) for name in _OF_REQUESTS]
    return MeterProvider(readers, resource, views=views, shutdown_on_exit=False)
