"""Each alert fires when it should, and only then: evaluated by promtool over series of samples."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml

from generator.components.prometheus.component import CONFIG
from generator.components.prometheus.rule_files import ALERTS, RULES
from generator.fileset import FileSet
from generator.kit_yaml import parse_spec
from generator.render import render_files
from generator.resolve import resolve
from generator.targets import COMPOSE, NATIVE
from kit.provision import Program
from tests.monitoring.promtool import Promtool

SPEC = """spec: 1
name: shop
monitoring: {enabled: true}
native: {monitoring: true}
"""
Rule = dict[str, Any]


def rendered(spec: str = SPEC, target: Any = COMPOSE) -> FileSet:
    return render_files(resolve(parse_spec(spec), target, PurePosixPath("/srv/shop")))


def rules(name: str) -> list[Rule]:
    groups = yaml.safe_load(rendered()[ALERTS])["groups"]
    return [rule for group in groups for rule in group["rules"] if rule["alert"] == name]


LOSSES = rules("SpansLost") + rules("SpansRefused")


def _id(rule: Rule) -> str:
    return "-".join([rule["alert"], *(str(rule["labels"].get(key, "")) for key in ("hop", "cause"))])


@pytest.fixture
def promtool(prometheus: Program, tmp_path: Path) -> Promtool:
    return Promtool(prometheus, tmp_path)


def _firing(rule: Rule) -> str:
    labels = {"alertname": rule["alert"], "alertstate": "firing", **rule["labels"]}
    matchers = ",".join(f'{key}="{value}"' for key, value in labels.items())
    return f"count(ALERTS{{{matchers}}}) or vector(0)"


def _case(rule: Rule, series: Mapping[str, str], minute: int, fires: int) -> dict[str, Any]:
    return {
        "interval": "1m",
        "input_series": [{"series": key, "values": values} for key, values in series.items()],
        "promql_expr_test": [
            {
                "expr": _firing(rule),
                "eval_time": f"{minute}m",
                "exp_samples": [{"labels": "{}", "value": fires}],
            }
        ],
    }


def _series(rule: Rule, *, job: str = "", suffix: str = "_total") -> str:
    """A series that the rule reads, with the labels that it needs."""
    metric, jobs = re.findall(r'__name__=~"(\w+)\(_total\)\?",job=~?"([^"]+)"', rule["expr"])[0]
    reason = ',error_type="Timeout"' if 'error_type!=""' in rule["expr"] else ""
    return f'{metric}{suffix}{{job="{job or jobs.split("|")[0]}"{reason}}}'


def test_there_are_rules_for_each_hop_that_counts() -> None:
    assert {rule["labels"]["hop"] for rule in LOSSES} == {"services", "collector", "dead-letters", "jaeger"}


@pytest.mark.native
@pytest.mark.parametrize("rule", LOSSES, ids=_id)
def test_lost_and_refused_spans(rule: Rule, promtool: Promtool) -> None:
    series = _series(rule)
    lost = rule["alert"] == "SpansLost"
    growing, grown = "100x30 101+1x90", "100x30 105x90"
    cases = [
        _case(rule, {series: growing}, 45, 1),
        _case(rule, {_series(rule, suffix=""): growing}, 45, 1),
        # A counter that begins to exist with the first loss.
        _case(rule, {series: "_x30 3+1x60"}, 45, 1),
        _case(rule, {series: "_x30 3x60"}, 42, 1 if lost else 0),
        # One burst: a loss is reported at once, a refusal that is over is not.
        _case(rule, {series: grown}, 42, 1 if lost else 0),
        _case(rule, {series: grown}, 60, 0),
        # Old losses, a restart of the component, and another component's counter.
        _case(rule, {series: "7x120"}, 110, 0),
        _case(rule, {series: "100x60 0x60"}, 65, 0),
        _case(rule, {_series(rule, job="other"): growing}, 45, 0),
        _case(rule, {}, 45, 0),
        # Prometheus was down for an hour.
        _case(rule, {series: "7x60 _x60 7x60"}, 125, 0),
    ]
    promtool.test_rules(rendered()[ALERTS], cases)


@pytest.mark.native
def test_a_queue_that_is_nearly_full(promtool: Promtool) -> None:
    (rule,) = rules("QueueNearlyFull")

    def queues(**fill: int) -> dict[str, str]:
        found = {}
        for exporter, size in fill.items():
            found[f'otelcol_exporter_queue_size{{job="collector",exporter="{exporter}"}}'] = f"{size}x60"
            found[f'otelcol_exporter_queue_capacity{{job="collector",exporter="{exporter}"}}'] = "100x60"
        return found

    cases = [
        _case(rule, queues(jaeger=90), 30, 1),
        _case(rule, queues(jaeger=90, vendor=0), 30, 1),
        _case(rule, queues(jaeger=90), 3, 0),
        _case(rule, queues(jaeger=70, vendor=70), 30, 0),
        _case(rule, {}, 30, 0),
    ]
    promtool.test_rules(rendered()[ALERTS], cases)


@pytest.mark.native
def test_a_component_that_does_not_answer(promtool: Promtool) -> None:
    (rule,) = rules("ComponentDown")
    cases = [
        _case(rule, {'up{job="collector"}': "1x10 0x20", 'up{job="jaeger"}': "1x30"}, 20, 1),
        _case(rule, {'up{job="collector"}': "1x10 0x20", 'up{job="jaeger"}': "0x30"}, 20, 2),
        _case(rule, {'up{job="collector"}': "1x10 0x1 1x20"}, 13, 0),
        _case(rule, {'up{job="other"}': "0x30"}, 20, 0),
    ]
    promtool.test_rules(rendered()[ALERTS], cases)


@pytest.mark.native
@pytest.mark.parametrize("target", [COMPOSE, NATIVE], ids=lambda target: target.name)
def test_promtool_accepts_the_files(target: Any, promtool: Promtool, tmp_path: Path) -> None:
    files = rendered(target=target)
    config = yaml.safe_load(files[CONFIG])
    config["rule_files"] = []
    for path in RULES:
        (tmp_path / Path(path).name).write_text(files[path])
        config["rule_files"].append(Path(path).name)
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(config))
    promtool.run("check", "config", "prometheus.yml")
    promtool.run("check", "rules", "--lint=all", "--lint-fatal", *config["rule_files"])
