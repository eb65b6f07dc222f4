from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.components.prometheus.plan import MonitoringPlan
from generator.components.services.plan import ServicesPlan
from generator.components.storage.plan import StoragePlan
from generator.fileset import MARKER, FileSet
from generator.kit_yaml import read_spec
from generator.render import render_files, workloads_of
from generator.target import Target
from generator.targets import COMPOSE, NATIVE, TARGETS
from generator.targets.native import in_order
from generator.workload import Workload
from tests.generator.specs import SPECS, deployment

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", SPECS)
def test_every_file_says_where_it_comes_from_and_parses(name: str, target: Target) -> None:
    files = render_files(deployment(name, target))
    for path, text in files:
        # Grafana's format has no place for a comment.
        if not path.startswith("grafana/dashboards/"):
            assert MARKER in text.splitlines()[0] + text.splitlines()[1], path
        assert text.endswith("\n"), path
        assert not text.endswith("\n\n"), path
        if path.endswith(".yaml"):
            assert isinstance(yaml.safe_load(text), dict), path
        if path.endswith(".json"):
            json.loads(text)


@pytest.mark.parametrize("name", SPECS)
def test_the_files_of_compose(name: str) -> None:
    # tests/monitoring has those of Prometheus.
    files = {path for path in render_files(deployment(name)).paths if not path.startswith("prometheus/")}
    expected = {"collector/config.yaml", "jaeger/config.yaml", "jaeger/ui.json", "compose.yaml"}
    storage = deployment(name)[StoragePlan]
    if storage.speaks_cql:
        expected.add("scylla/schema.cql")
    if storage.engine == "scylla" and storage.runs_node and storage.datacenter != "datacenter1":
        expected.add("scylla/cassandra-rackdc.properties")
    if deployment(name)[MonitoringPlan].runs:
        files = {path for path in files if not path.startswith(("prometheus/", "grafana/"))}
    assert files == expected


def test_the_committed_deployment_is_what_the_spec_renders() -> None:
    from generator.resolve import resolve

    for path, text in render_files(resolve(read_spec(ROOT / "kit.yaml"), COMPOSE)):
        assert (ROOT / path).read_text() == text, path


def test_bytes_are_the_same_in_every_process() -> None:
    """Hash seeds, folders and locales leave no trace."""
    code = (
        "from pathlib import Path; from generator.kit_yaml import read_spec\n"
        "from generator.resolve import resolve; from generator.targets import COMPOSE, NATIVE\n"
        "from generator.render import render_files; import hashlib\n"
        f"files = render_files(resolve(read_spec(Path({str(ROOT / 'kit.yaml')!r})), COMPOSE))\n"
        "print(hashlib.sha256(repr(list(files)).encode()).hexdigest())\n"
    )
    hashes = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": locale, "PYTHONPATH": str(ROOT)},
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed, locale, folder in (("0", "C", "/"), ("1", "C.UTF-8", str(ROOT)), ("77", "POSIX", "/"))
    }
    assert len(hashes) == 1


def test_two_files_of_one_path_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="twice"):
        FileSet([("a", "1"), ("a", "2")])


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    if isinstance(value, dict):
        return {k: v for key, child in value.items() for k, v in leaves(child, f"{path}/{key}").items()}
    if isinstance(value, list):
        return {k: v for i, child in enumerate(value) for k, v in leaves(child, f"{path}/{i}").items()}
    return {path: value}


ADDRESSES = {
    "collector/config.yaml": {
        "/extensions/health_check/endpoint",
        "/extensions/file_storage/queue/directory",
        "/extensions/file_storage/queue/compaction/directory",
        "/receivers/otlp/protocols/grpc/endpoint",
        "/receivers/otlp/protocols/http/endpoint",
        "/exporters/otlp_http/jaeger/endpoint",
        "/exporters/otlp_http/prometheus/endpoint",
        "/service/telemetry/metrics/readers/0/pull/exporter/prometheus/host",
        "/service/telemetry/metrics/readers/0/pull/exporter/prometheus/port",
    },
    "jaeger/config.yaml": {
        "/extensions/healthcheckv2/http/endpoint",
        "/extensions/jaeger_query/ui/config_file",
        "/extensions/jaeger_storage/metric_backends/prometheus/prometheus/endpoint",
        "/extensions/jaeger_query/http/endpoint",
        "/extensions/jaeger_query/grpc/endpoint",
        "/extensions/jaeger_storage/backends/cassandra/cassandra/connection/servers/0",
        "/receivers/otlp/protocols/http/endpoint",
        "/receivers/otlp/at_once/protocols/http/endpoint",
        "/service/telemetry/metrics/readers/0/pull/exporter/prometheus/host",
        "/service/telemetry/metrics/readers/0/pull/exporter/prometheus/port",
    },
}


BOUND = "/extensions/jaeger_query/max_trace_size"


@pytest.mark.parametrize("path", ADDRESSES)
def test_native_configs_differ_from_compose_by_addresses_alone(path: str) -> None:
    """With the same engine on both sides, so that only what the target brings is left."""
    compose = leaves(yaml.safe_load(render_files(deployment("monitored"))[path]))
    # A row of the table of Jaeger's versions.
    compose.pop(BOUND, None)
    native = leaves(yaml.safe_load(render_files(deployment("monitored", NATIVE))[path]))
    assert compose.keys() == native.keys()
    assert {key for key in compose if compose[key] != native[key]} == ADDRESSES[path]


def test_versions_of_jaeger_differ_by_their_table_alone() -> None:
    """2.13, which runs here, against 2.20, which can't be built here: one key more."""
    old = SPECS["minimal"] + "jaeger: {version: '2.13.0'}\n"
    from generator.kit_yaml import parse_spec
    from generator.resolve import resolve

    before, after = (
        dict(render_files(resolve(parse_spec(text), COMPOSE))) for text in (old, SPECS["minimal"])
    )
    old_config, new_config = (
        leaves(yaml.safe_load(files["jaeger/config.yaml"])) for files in (before, after)
    )
    assert new_config.pop(BOUND) == 32_768
    assert old_config == new_config
    assert before["scylla/schema.cql"] == after["scylla/schema.cql"]
    images = [
        yaml.safe_load(files["compose.yaml"])["services"]["jaeger"].pop("image") for files in (before, after)
    ]
    assert images == ["jaegertracing/jaeger:2.13.0", "jaegertracing/jaeger:2.20.0"]


@pytest.mark.parametrize("name", SPECS)
def test_natively_everything_listens_on_loopback_on_a_port_of_its_own(name: str) -> None:
    plan = deployment(name, NATIVE)
    for path, text in render_files(plan):
        assert "0.0.0.0" not in text, path
    listens = [listener for workload in workloads_of(plan) for listener in workload.listens]
    ports = [plan.network.port(listener) for listener in listens]
    assert len(set(ports)) == len(ports)
    for listener in listens:
        assert plan.network.bind(listener).startswith("127.0.0.1:")


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", SPECS)
def test_both_targets_run_the_same_workloads_but_for_the_databases(name: str, target: Target) -> None:
    plan = deployment(name, target)
    names = [workload.name for workload in workloads_of(plan)]
    samples = plan[ServicesPlan].samples
    services = ["coupon-api", "coupon-issuer", "coupon-notifier"] if samples else []
    assert [n for n in names if n.startswith("coupon-")] == services
    assert {"redis", "jaeger", "collector"} <= set(names)
    assert ("postgres" in names) == (samples and target is COMPOSE)
    assert ("schema" in names) == plan[StoragePlan].speaks_cql
    assert (plan[StoragePlan].engine in names) == plan[StoragePlan].runs_node


def test_a_workload_waits_only_for_what_is_there() -> None:
    ordered = in_order(workloads_of(deployment("minimal")))
    seen: set[str] = set()
    for workload in ordered:
        assert seen.issuperset(workload.after)
        seen.add(workload.name)


def test_a_circle_of_waiting_is_a_mistake() -> None:
    first, second = workloads_of(deployment("memory"))[:2]
    circle = [_after(first, second.name), _after(second, first.name)]
    with pytest.raises(ValueError, match="wait for each other"):
        in_order(circle)


def _after(workload: Workload, name: str) -> Workload:
    from dataclasses import replace

    return replace(workload, after=(name,))


def test_jaeger_starts_only_when_the_schema_is_complete() -> None:
    services = yaml.safe_load(render_files(deployment("minimal"))["compose.yaml"])["services"]
    assert services["jaeger"]["depends_on"] == {"schema": {"condition": "service_completed_successfully"}}
    assert services["schema"]["depends_on"] == {"scylla": {"condition": "service_healthy"}}


def test_only_ports_for_people_are_published_and_only_here() -> None:
    services = yaml.safe_load(render_files(deployment("unusual"))["compose.yaml"])["services"]
    published = [port for service in services.values() for port in service.get("ports", [])]
    assert sorted(published) == [
        "127.0.0.1:13000:3000", "127.0.0.1:26686:16686", "127.0.0.1:5317:4317", "127.0.0.1:5318:4318",
        "127.0.0.1:8888:8080", "127.0.0.1:9090:9090", "127.0.0.1:9942:9042",
    ]  # fmt: skip


def test_jaeger_gets_a_port_with_its_host() -> None:
    """A bare host name is refused by Jaeger's own check."""
    config = yaml.safe_load(render_files(deployment("minimal"))["jaeger/config.yaml"])
    backend = config["extensions"]["jaeger_storage"]["backends"]["scylla"]["cassandra"]
    assert backend["connection"]["servers"] == ["scylla:9042"]
    assert backend["connection"]["tls"] == {"insecure": True}
    assert backend["schema"] == {"keyspace": "jaeger_coupons", "create": False}
    assert " " not in backend["index"]["tag_whitelist"]


def test_dollars_reach_a_container_as_they_are() -> None:
    from generator.targets.compose import compose_file

    plan = deployment("minimal")
    first = workloads_of(plan)[0]
    from dataclasses import replace

    text = compose_file(plan, [replace(first, command=("a$b",), environment={"K": "$HOME"}, after=())])
    service = yaml.safe_load(text)["services"][first.name]
    assert service["command"] == ["a$$b"]
    assert service["environment"] == {"K": "$$HOME"}
