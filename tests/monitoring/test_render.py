"""Prometheus is rendered when it is wanted, reads every component that has metrics, and else leaves no trace."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any

import promql_parser
import pytest
import yaml

from generator.components.prometheus.component import CONFIG
from generator.components.prometheus.rule_files import ALERTS, RECORDING, RULES
from generator.kit_yaml import parse_spec
from generator.render import render_files, workloads_of
from generator.resolve import resolve
from generator.targets import COMPOSE, NATIVE

HEAD = "spec: 1\nname: shop\n"
OFF = HEAD + "monitoring: {enabled: false}\n"
ON = HEAD
NATIVELY = ON + "native: {monitoring: true}\n"


def _deployment(spec: str, target: Any) -> Any:
    return resolve(parse_spec(spec), target, PurePosixPath("/srv/shop"))


@pytest.mark.parametrize(
    ("spec", "target", "runs"),
    [
        (OFF, COMPOSE, False),
        (OFF, NATIVE, False),
        (ON, COMPOSE, True),
        (ON, NATIVE, False),
        (NATIVELY, NATIVE, True),
        (OFF + "native: {monitoring: true}\n", NATIVE, False),
    ],
)
def test_it_runs_when_it_is_wanted(spec: str, target: Any, runs: bool) -> None:
    deployment = _deployment(spec, target)
    files = render_files(deployment)
    assert [path in files for path in (CONFIG, ALERTS, RECORDING)] == [runs] * 3
    assert ("prometheus" in {one.name for one in workloads_of(deployment)}) == runs
    if not runs:
        traces = ("span_metrics", "metric_backends", "otlp_http/prometheus", "application=", '"monitor"')
        assert not [(path, word) for path, text in files for word in traces if word in text]
        assert not [path for path, text in files if "prometheus" in text and path == "compose.yaml"]


@pytest.mark.parametrize(("spec", "target"), [(ON, COMPOSE), (NATIVELY, NATIVE)])
def test_every_component_with_metrics_is_read(spec: str, target: Any) -> None:
    deployment = _deployment(spec, target)
    jobs = yaml.safe_load(render_files(deployment)[CONFIG])["scrape_configs"]
    expected = {
        one.name: deployment.network.reach(one.metrics.listener)
        for one in workloads_of(deployment)
        if one.metrics
    }
    assert len(expected) >= 7
    assert {job["job_name"]: job["static_configs"][0]["targets"][0] for job in jobs} == expected


def test_a_users_service_is_read_at_its_own_path() -> None:
    spec = ON + "services: [{name: shop, image: 'shop:1', port: 3000, metrics: /internal/metrics}]\n"
    jobs = yaml.safe_load(render_files(_deployment(spec, COMPOSE))[CONFIG])["scrape_configs"]
    (job,) = [job for job in jobs if job["job_name"] == "shop"]
    assert job["metrics_path"] == "/internal/metrics"
    (scraped,) = job["static_configs"]
    assert scraped["targets"] == ["shop:3000"]
    assert scraped["labels"] == {"service_name": "shop", "service_namespace": "shop", "application": "shop"}


def test_a_users_service_may_serve_its_metrics_on_a_port_of_its_own() -> None:
    service = "{name: shop, image: 'shop:1', run: [shop], metrics: {port: 9464}, application: storefront}"
    for target, address in ((COMPOSE, "shop:9464"), (NATIVE, "127.0.0.1:9464")):
        deployment = _deployment(NATIVELY + f"services: [{service}]\n", target)
        jobs = yaml.safe_load(render_files(deployment)[CONFIG])["scrape_configs"]
        (job,) = [job for job in jobs if job["job_name"] == "shop"]
        assert job["metrics_path"] == "/metrics"
        (scraped,) = job["static_configs"]
        assert scraped["targets"] == [address]
        assert scraped["labels"]["application"] == "storefront"
        (workload,) = [one for one in workloads_of(deployment) if one.name == "shop"]
        assert "application=storefront" in workload.environment["OTEL_RESOURCE_ATTRIBUTES"]
    (shop,) = [
        yaml.safe_load(render_files(_deployment(ON + f"services: [{service}]\n", COMPOSE))["compose.yaml"])[
            "services"
        ]["shop"]
    ]
    assert "ports" not in shop


def test_limits_of_the_spec_are_passed_on() -> None:
    spec = HEAD + "monitoring: {enabled: true, retention: 3d, size: 1GiB, interval: 30s, memory: 512MiB}\n"
    deployment = _deployment(spec, COMPOSE)
    (workload,) = [one for one in workloads_of(deployment) if one.name == "prometheus"]
    assert "--storage.tsdb.retention.time=259200s" in workload.command
    assert "--storage.tsdb.retention.size=1024MB" in workload.command
    assert workload.memory.mib == 512
    assert yaml.safe_load(render_files(deployment)[CONFIG])["global"]["scrape_interval"] == "30s"


def _rules(spec: str, target: Any = COMPOSE) -> list[dict[str, Any]]:
    files = render_files(_deployment(spec, target))
    groups = [group for path in RULES for group in yaml.safe_load(files[path])["groups"]]
    return [rule for group in groups for rule in group["rules"]]


@pytest.mark.parametrize(("spec", "target"), [(ON, COMPOSE), (NATIVELY, NATIVE)])
def test_each_expression_is_promql(spec: str, target: Any) -> None:
    expressions = [rule["expr"] for rule in _rules(spec, target)]
    assert len(expressions) > 60
    for expression in expressions:
        promql_parser.parse(expression)


def test_each_alert_names_the_next_command() -> None:
    alerts = [rule for rule in _rules(ON) if "alert" in rule]
    assert {rule["alert"] for rule in alerts} >= {"ObjectiveBurnsFast", "ObjectiveBurns", "SpansLost"}
    for rule in alerts:
        assert re.search(r"\bkit (status|slo|doctor|logs)\b", rule["annotations"]["runbook"]), rule["alert"]


def test_without_an_objective_there_are_no_rules_about_objectives() -> None:
    names = [str(rule.get("record", rule.get("alert"))) for rule in _rules(ON + "objectives: []\n")]
    assert "kit:hop_sent_spans:rate5m" in names
    assert not [name for name in names if "objective" in name.lower()]


def test_rules_about_objectives_are_evaluated_less_often() -> None:
    def step(interval: str) -> str:
        spec = HEAD + f"monitoring: {{enabled: true, interval: {interval}}}\n"
        groups = yaml.safe_load(render_files(_deployment(spec, COMPOSE))[RECORDING])["groups"]
        (found,) = [group["interval"] for group in groups if group["name"] == "objectives"]
        return str(found)

    assert [step("1s"), step("15s"), step("1m")] == ["4s", "1m", "1m"]
