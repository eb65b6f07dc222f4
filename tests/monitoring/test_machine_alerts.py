"""Alerts about disk and memory, evaluated by promtool."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.components.prometheus.graph_alerts import graph_alerts
from generator.components.prometheus.machine_alerts import NODE_EXPORTER, machine_alerts
from generator.spec.quantities import Duration, Size
from generator.templates import render
from kit.provision import Program
from tests.monitoring.promtool import Promtool

LIMIT = 100 << 20
RULES = render(
    "prometheus/alerts.yml.j2",
    groups=[("machine", list(machine_alerts([NODE_EXPORTER, "jaeger", "redis"], {"jaeger": Size(LIMIT)})))],
)


def _case(alert: str, series: dict[str, str], fires: int) -> dict[str, Any]:
    expression = f'count(ALERTS{{alertname="{alert}",alertstate="firing"}}) or vector(0)'
    return {
        "interval": "1m",
        "input_series": [{"series": key, "values": values} for key, values in series.items()],
        "promql_expr_test": [
            {"expr": expression, "eval_time": "30m", "exp_samples": [{"labels": "{}", "value": fires}]}
        ],
    }


def _disk(free: str, *, fstype: str = "ext4", readonly: int = 0, job: str = NODE_EXPORTER) -> dict[str, str]:
    labels = f'{{job="{job}",fstype="{fstype}",mountpoint="/",device="/dev/sda1"}}'
    return {
        f"node_filesystem_avail_bytes{labels}": free,
        f"node_filesystem_size_bytes{labels}": "100x60",
        f"node_filesystem_readonly{labels}": f"{readonly}x60",
    }


@pytest.mark.native
def test_disk(prometheus: Program, tmp_path: Path) -> None:
    cases = [
        _case("DiskNearlyFull", _disk("9x60"), 1),
        _case("DiskNearlyFull", _disk("9x60", fstype="overlay"), 1),
        _case("DiskNearlyFull", _disk("11x60"), 0),
        _case("DiskNearlyFull", _disk("9x5 11x5 9x60"), 1),
        _case("DiskNearlyFull", _disk("11x25 9x30"), 0),
        _case("DiskNearlyFull", _disk("0x60", fstype="tmpfs"), 0),
        _case("DiskNearlyFull", _disk("0x60", readonly=1), 0),
        _case("DiskNearlyFull", _disk("0x60", job="other"), 0),
        _case("DiskNearlyFull", {}, 0),
    ]
    Promtool(prometheus, tmp_path).test_rules(RULES, cases)


@pytest.mark.native
@pytest.mark.parametrize(
    "metric",
    [
        "process_resident_memory_bytes",
        "otelcol_process_memory_rss",
        "otelcol_process_memory_rss_bytes",
        "process_memory_usage_bytes",
    ],
)
def test_memory(metric: str, prometheus: Program, tmp_path: Path) -> None:
    def used(percent: int, name: str = "jaeger") -> dict[str, str]:
        return {f'{metric}{{service_name="{name}"}}': f"{LIMIT * percent // 100}x60"}

    cases = [
        _case("MemoryNearlyFull", used(97), 1),
        _case("MemoryNearlyFull", used(90), 0),
        _case("MemoryNearlyFull", used(97, "redis"), 0),
        _case("MemoryNearlyFull", {}, 0),
    ]
    Promtool(prometheus, tmp_path).test_rules(RULES, cases)


def test_without_node_exporter_there_is_no_alert_about_disk() -> None:
    alerts = [alert.name for alert in machine_alerts(["jaeger"], {"jaeger": Size(LIMIT)})]
    assert alerts == ["MemoryNearlyFull"]


@pytest.mark.native
def test_a_graph_that_is_late(prometheus: Program, tmp_path: Path) -> None:
    alerts = list(graph_alerts(["dependencies"], Duration.parse("5m")))
    rules = render("prometheus/alerts.yml.j2", groups=[("graph", alerts)])
    computed = 'kit_dependencies_computed_timestamp_seconds{job="dependencies"}'
    cases = [
        # Computed each minute; and never after the start.
        _case("DependencyGraphLate", {computed: "0+60x60"}, 0),
        _case("DependencyGraphLate", {computed: "0x60"}, 1),
        _case("DependencyGraphLate", {computed: "600x60"}, 0),
        _case("DependencyGraphLate", {}, 0),
    ]
    Promtool(prometheus, tmp_path).test_rules(rules, cases)


def test_without_the_job_there_is_no_alert_about_the_graph() -> None:
    assert not list(graph_alerts(["jaeger"], Duration.parse("5m")))
    assert not list(graph_alerts(["dependencies"], None))


def test_each_has_a_next_step() -> None:
    rules = yaml.safe_load(RULES)["groups"][0]["rules"]
    assert [rule["annotations"]["runbook"].split(",")[0] for rule in rules] == ["kit doctor", "kit status"]
