"""Grafana is rendered with Prometheus on targets with images: data sources, dashboards, a password, no outside."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

import pytest
import yaml

from generator.components.grafana.component import DASHBOARDS, HOME, PROVIDER, SOURCES, VERSION
from generator.components.grafana.made_secrets import STEP
from generator.kit_yaml import parse_spec
from generator.render import render_files, workloads_of
from generator.resolve import resolve
from generator.spec.problem import SpecError
from generator.targets import COMPOSE, NATIVE
from generator.workload import Workload
from kit.operate.urls import titles, urls

HEAD = "spec: 1\nname: shop\n"
OFF = HEAD + "monitoring: {enabled: false}\n"
ON = HEAD


def _deployment(spec: str, target: Any = COMPOSE) -> Any:
    return resolve(parse_spec(spec), target, PurePosixPath("/srv/shop"))


def _workloads(spec: str, target: Any = COMPOSE) -> dict[str, Workload]:
    return {one.name: one for one in workloads_of(_deployment(spec, target))}


def _with(keys: str, more: str = "") -> str:
    return HEAD + f"monitoring: {{enabled: true, grafana: {{{keys}}}}}\n{more}"


@pytest.mark.parametrize(
    ("spec", "target", "runs"),
    [
        (OFF, COMPOSE, False),
        (ON, COMPOSE, True),
        (_with("enabled: false"), COMPOSE, False),
        (HEAD + "monitoring: {enabled: false, grafana: {enabled: true}}\n", COMPOSE, False),
        (ON + "native: {monitoring: true}\n", NATIVE, False),
    ],
)
def test_it_runs_with_prometheus_where_there_are_images(spec: str, target: Any, runs: bool) -> None:
    deployment = _deployment(spec, target)
    files = render_files(deployment)
    assert {path.split("/")[0] for path in files.paths if "grafana" in path} == (
        {"grafana"} if runs else set()
    )
    assert ("grafana" in _workloads(spec, target), STEP in _workloads(spec, target)) == (runs, runs)
    assert ("grafana" in urls(deployment)) == runs
    if not runs:
        assert not [path for path, text in files if "grafana" in text]


def test_it_opens_with_the_overview_and_finds_its_files() -> None:
    files = render_files(_deployment(ON))
    grafana = _workloads(ON)["grafana"]
    assert grafana.image == f"grafana/grafana:{VERSION}"
    mounted = {mount.file: mount.path for mount in grafana.mounts}
    assert set(mounted) == {path for path in files.paths if path.startswith("grafana/")}
    assert grafana.environment["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"] == mounted[HOME]
    (provider,) = yaml.safe_load(files[PROVIDER])["providers"]
    assert {
        str(PurePosixPath(path).parent) for file, path in mounted.items() if file.startswith(DASHBOARDS)
    } == {provider["options"]["path"]}


def test_exemplars_lead_to_jaeger_and_spans_to_metrics() -> None:
    spec = ON + "jaeger: {base_path: /traces/ui}\nports: {jaeger: 26686}\n"
    sources = {
        it["uid"]: it for it in yaml.safe_load(render_files(_deployment(spec))[SOURCES])["datasources"]
    }
    assert sources["prometheus"]["url"] == "http://prometheus:9090"
    assert sources["prometheus"]["isDefault"]
    assert sources["prometheus"]["jsonData"]["timeInterval"] == "15s"
    assert sources["jaeger"]["url"] == "http://jaeger:16686/traces/ui"
    inside, outside = sources["prometheus"]["jsonData"]["exemplarTraceIdDestinations"]
    assert (inside["name"], inside["datasourceUid"]) == ("trace_id", "jaeger")
    # Provisioning expands `$`, and `$$` is one of them.
    assert outside["url"] == "http://127.0.0.1:26686/traces/ui/trace/$${__value.raw}"
    back = sources["jaeger"]["jsonData"]["tracesToMetrics"]
    assert back["datasourceUid"] == "prometheus"
    assert all("$$__tags" in query["query"] for query in back["queries"])


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", {"overview", "services", "coupons", "queues", "pipeline", "storage", "host"}),
        (
            "storage: {engine: cassandra}\n",
            {"overview", "services", "coupons", "queues", "pipeline", "storage", "host"},
        ),
        ("storage: {engine: memory}\n", {"overview", "services", "coupons", "queues", "pipeline", "host"}),
        ("services: []\n", {"overview", "services", "pipeline", "storage", "host"}),
        (
            "services: []\nredis: {enabled: true}\n",
            {"overview", "services", "queues", "pipeline", "storage", "host"},
        ),
    ],
)
def test_a_dashboard_is_there_if_its_metrics_are(more: str, expected: set[str]) -> None:
    files = render_files(_deployment(ON + more))
    found = {path: json.loads(text) for path, text in files if path.startswith(DASHBOARDS)}
    assert {document["uid"] for document in found.values()} == expected
    assert {PurePosixPath(path).stem for path in found} == expected
    if "storage" in expected:
        engine = "cassandra_" if "cassandra" in more else "scylla_"
        assert engine in files[f"{DASHBOARDS}/storage.json"]


def test_the_first_start_makes_a_password() -> None:
    workloads = _workloads(ON)
    step, grafana = workloads[STEP], workloads["grafana"]
    assert grafana.after == (STEP,)
    assert step.once
    assert step.volumes[0].name == grafana.volumes[0].name
    folder, *names = step.command[2:]
    in_step = {f"{folder}/{name}" for name in names}
    seen = {
        path.replace(grafana.volumes[0].path, step.volumes[0].path)
        for path in _secret_files(grafana).values()
    }
    assert seen == in_step
    assert _secret_files(grafana).keys() == {
        "GF_SECURITY_ADMIN_PASSWORD__FILE",
        "GF_SECURITY_SECRET_KEY__FILE",
    }
    assert grafana.runs_as == step.user


def _secret_files(workload: Workload) -> dict[str, str]:
    return {key: value for key, value in workload.environment.items() if key.endswith("__FILE")}


def test_a_password_of_the_spec_is_used_and_none_is_made() -> None:
    by_file, by_variable = _with("password: {file: secrets/g}"), _with("password: {env: GRAFANA_PASSWORD}")
    for spec in (by_file, by_variable):
        assert "admin-password" not in " ".join(_workloads(spec)[STEP].command)
    grafana = _workloads(by_file)["grafana"]
    assert grafana.environment["GF_SECURITY_ADMIN_PASSWORD__FILE"] == "/run/secrets/secrets-g"
    assert [secret.file for secret in grafana.secrets] == ["secrets/g"]
    grafana = _workloads(by_variable)["grafana"]
    assert "GF_SECURITY_ADMIN_PASSWORD__FILE" not in grafana.environment
    assert grafana.variables == {"GF_SECURITY_ADMIN_PASSWORD": "GRAFANA_PASSWORD"}


def test_a_password_in_clear_text_is_refused() -> None:
    with pytest.raises(SpecError) as caught:
        parse_spec(_with("password: secret"))
    assert "secret" not in str(caught.value).replace("clear text", "")


@pytest.mark.parametrize(
    ("keys", "title"),
    [
        ("", "docker compose exec grafana cat /var/lib/kit-grafana/admin-password"),
        ("password: {env: P}", "(user admin)"),
        ("anonymous: true", "Grafana"),
    ],
)
def test_the_address_names_the_way_in(keys: str, title: str) -> None:
    deployment = _deployment(_with(keys))
    assert urls(deployment)["grafana"] == "http://127.0.0.1:13000"
    assert title in titles(deployment)["grafana"]


def test_nobody_sees_it_without_a_login_unless_the_spec_wants_it() -> None:
    assert _workloads(ON)["grafana"].environment["GF_AUTH_ANONYMOUS_ENABLED"] == "false"
    opened = _workloads(_with("anonymous: true"))["grafana"].environment
    assert opened["GF_AUTH_ANONYMOUS_ENABLED"] == "true"
    assert opened["GF_AUTH_ANONYMOUS_ORG_ROLE"] == "Viewer"


def test_it_asks_nobody_outside_and_loads_only_its_two_data_sources() -> None:
    environment = _workloads(ON)["grafana"].environment
    for name in (
        "ANALYTICS_REPORTING_ENABLED",
        "ANALYTICS_CHECK_FOR_UPDATES",
        "ANALYTICS_CHECK_FOR_PLUGIN_UPDATES",
    ):
        assert environment[f"GF_{name}"] == "false"
    # Otherwise a plugin update stops the data sources.
    assert environment["GF_PLUGINS_PREINSTALL_DISABLED"] == "true"
    assert environment["GF_PLUGINS_PREINSTALL_AUTO_UPDATE"] == "false"
    disabled = environment["GF_PLUGINS_DISABLE_PLUGINS"].split(",")
    sources = yaml.safe_load(render_files(_deployment(ON))[SOURCES])["datasources"]
    assert not {it["type"] for it in sources} & set(disabled)


def test_its_container_is_small_and_has_no_rights() -> None:
    service = yaml.safe_load(render_files(_deployment(ON))["compose.yaml"])["services"]["grafana"]
    assert service["mem_limit"] == "256m"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["ports"] == ["127.0.0.1:13000:3000"]
    assert "/api/health" in " ".join(service["healthcheck"]["test"])


def test_a_port_is_taken_only_if_it_is_opened() -> None:
    own = "services: [{name: web, image: 'web:1', port: 13000}]\n"
    assert parse_spec(OFF + own).name == "shop"
    assert parse_spec(_with("enabled: false", own)).name == "shop"
    with pytest.raises(SpecError) as caught:
        parse_spec(ON + own)
    assert "13000, which ports.grafana uses too" in str(caught.value)
    assert "or change ports.grafana" in str(caught.value)
    assert parse_spec(ON + own + "ports: {grafana: 3001}\n").name == "shop"
