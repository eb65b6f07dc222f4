"""The keys of monitoring."""

from __future__ import annotations

from dataclasses import dataclass

from generator.components.alertmanager.spec import AlertsSpec
from generator.components.grafana.spec import GrafanaSpec
from generator.spec import kinds
from generator.spec.keys import option, section, section_key
from generator.spec.quantities import Duration, Size


@dataclass(frozen=True)
class MonitoringSpec:
    """Metrics of every component in Prometheus, with alerts for spans that are lost, refused or delayed."""

    enabled: bool = option(kinds.Flag(), True, "run Prometheus; natively only with `native.monitoring`")
    retention: Duration = option(
        kinds.duration("15d", "2h", "520w"), Duration.parse("15d"), "metrics older than this are deleted"
    )
    size: Size = option(
        kinds.size("2GiB", "256MiB", "10TiB"), Size(2 << 30), "disk for metrics; the oldest are deleted first"
    )
    interval: Duration = option(
        kinds.duration("15s", "1s", "1m"),
        Duration.parse("15s"),
        "time between two reads of a component's metrics",
    )
    memory: Size = option(
        kinds.size("256MiB", "128MiB", "64GiB"), Size(256 << 20), "memory limit of Prometheus"
    )
    alerts: AlertsSpec = section(AlertsSpec, "where alerts are sent; without a receiver they are only shown")
    grafana: GrafanaSpec = section(GrafanaSpec, "dashboards: Grafana, for Compose")


MONITORING = section_key("monitoring", MonitoringSpec, "metrics and alerts: Prometheus", 70)
