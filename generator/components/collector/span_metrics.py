"""Metrics of the collector: request rates, errors and durations from spans, and the way of metrics to Prometheus."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from generator.components.prometheus.listeners import PROMETHEUS
from generator.components.prometheus.plan import MonitoringPlan
from generator.components.services.plan import Objective, ServicesPlan
from generator.deployment.model import Deployment
from generator.spec.quantities import Duration, Size

# In milliseconds: from a cached answer to a timeout.
_EDGES = (2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000)
# Prometheus keeps all series that it saw within about two hours in memory. A service with ids in the names of its spans
# fills its own share and no more: with 14 buckets, 500 combinations are about 8,500 series.
SERVICES = 100
COMBINATIONS = 500
# Longer than a queue wait, so that sender and consumer of an entry are paired. An unpaired span is kept for this time.
_PAIRED_WITHIN = Duration.parse("30s")
_UNPAIRED = 20_000
# A series that expires loses its count. Long, so that a request once an hour still has a rate.
_EXPIRES = Duration.parse("2h")
# Metrics that wait while Prometheus restarts. Older ones are dropped, because spans need the memory.
_QUEUE, _QUEUE_PERCENT = Size(16 << 20), 5
_LARGEST, _WORTH_SENDING = Size(2 << 20), Size(256 << 10)


@dataclass(frozen=True, slots=True)
class MetricsExport:
    """The values of the collector's metrics pipelines.

    Attributes:
        endpoint: URL of Prometheus's OTLP receiver.
        interval: Time between two exports of span metrics.
        buckets: Edges of the duration histogram.
        queue: Size of the queue to Prometheus, in memory.
        services: Maximum number of services with span metrics.
        combinations: Maximum number of combinations of name, kind and status of a service's spans.
        expires: Time after its last span until a series ends.
        paired_within: Maximum time between a call's two spans for the service graph.
        unpaired: Maximum number of spans that wait for the other end of their call.
        worth_sending: Size of a request that is sent at once; a smaller one waits for a second.
        largest: Maximum size of a request to Prometheus.
    """

    endpoint: str
    interval: Duration
    buckets: tuple[Duration, ...]
    queue: Size
    services: int = SERVICES
    combinations: int = COMBINATIONS
    expires: Duration = _EXPIRES
    paired_within: Duration = _PAIRED_WITHIN
    unpaired: int = _UNPAIRED
    worth_sending: Size = _WORTH_SENDING
    largest: Size = _LARGEST


def metrics_export(deployment: Deployment, memory: Size) -> MetricsExport | None:
    """Return the values of the metrics pipelines in a collector with this memory limit; None without Prometheus."""
    monitoring = deployment[MonitoringPlan]
    if not monitoring.runs:
        return None
    return MetricsExport(
        endpoint=f"http://{deployment.network.reach(PROMETHEUS)}/api/v1/otlp",
        interval=monitoring.interval,
        buckets=latency_buckets(deployment[ServicesPlan].objectives),
        queue=min(_QUEUE, memory.share(_QUEUE_PERCENT)),
    )


def latency_buckets(objectives: Iterable[Objective]) -> tuple[Duration, ...]:
    """Return the edges of a histogram of durations, in ascending order.

    The limit of each objective is an edge, so that the requests above it are counted exactly.
    """
    limits = {objective.p99.milliseconds for objective in objectives if objective.p99}
    return tuple(Duration(edge) for edge in sorted({*_EDGES, *limits}))
