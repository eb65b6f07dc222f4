"""Disk that metrics need, estimated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from generator.components.prometheus.plan import MonitoringPlan
from generator.workload import Workload

# Measured on a native deployment with the samples under load, and rounded up.
_SERIES_OF_A_COMPONENT = 700
# Prometheus compresses a value to 1 to 2 bytes (its documentation, "Storage").
_BYTES_OF_A_VALUE = 2


@dataclass(frozen=True, slots=True)
class Estimate:
    """Number of series, and the disk for them in bytes."""

    series: int
    bytes: int


def estimate(workloads: Iterable[Workload], plan: MonitoringPlan) -> Estimate:
    """Estimate the disk for the whole retention.

    bytes = series × retention / interval × 2, with a fixed number of series for each component that has metrics.
    """
    series = _SERIES_OF_A_COMPONENT * sum(1 for workload in workloads if workload.metrics)
    values = plan.retention.milliseconds // plan.interval.milliseconds
    return Estimate(series, series * values * _BYTES_OF_A_VALUE)
