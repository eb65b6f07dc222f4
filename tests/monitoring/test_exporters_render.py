"""Exporters are rendered with what they read, are reached by Prometheus alone, and leave no trace without it."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import pytest
import yaml

from generator.components.prometheus.component import CONFIG
from generator.components.redis.component import RedisPlan
from generator.kit_yaml import parse_spec
from generator.render import render_files, workloads_of
from generator.resolve import resolve
from generator.spec.problem import SpecError
from generator.targets import COMPOSE, NATIVE
from generator.workload import OWN_IMAGE, Workload
from sample_services.consumer_group import DEAD_SUFFIX
from sample_services.queues import ISSUED, REQUESTS

OFF = "spec: 1\nname: shop\nmonitoring: {enabled: false}\n"
ON = "spec: 1\nname: shop\nmonitoring: {enabled: true}\n"
NATIVELY = ON + "native: {monitoring: true}\n"
CASSANDRA = "storage: {engine: cassandra}\n"
OWN = "services: [{name: shop, image: 'shop:1', run: [shop], port: 3000}]\n"


def _deployment(spec: str, target: Any = COMPOSE) -> Any:
    return resolve(parse_spec(spec), target, PurePosixPath("/srv/shop"))


def _exporters(spec: str, target: Any = COMPOSE) -> dict[str, Workload]:
    return {it.name: it for it in workloads_of(_deployment(spec, target)) if it.name.endswith("-exporter")}


@pytest.mark.parametrize(
    ("spec", "target", "names"),
    [
        (OFF, COMPOSE, set()),
        (OFF + "native: {monitoring: true}\n" + CASSANDRA, NATIVE, set()),
        (ON, NATIVE, set()),
        (ON, COMPOSE, {"node-exporter", "redis-exporter", "postgres-exporter"}),
        (
            ON + CASSANDRA,
            COMPOSE,
            {"node-exporter", "redis-exporter", "postgres-exporter", "cassandra-exporter"},
        ),
        (NATIVELY, NATIVE, {"node-exporter", "redis-exporter", "cassandra-exporter"}),
        (
            ON + "native: {monitoring: true, storage: badger}\n",
            NATIVE,
            {"node-exporter", "redis-exporter"},
        ),
        (ON + OWN, COMPOSE, {"node-exporter"}),
        (ON + OWN + "redis: {enabled: true}\n", COMPOSE, {"node-exporter", "redis-exporter"}),
    ],
)
def test_there_is_one_for_each_server_that_runs(spec: str, target: Any, names: set[str]) -> None:
    assert set(_exporters(spec, target)) == names
    files = render_files(_deployment(spec, target))
    assert (CONFIG in files) == bool(names)
    if names:
        jobs = {job["job_name"] for job in yaml.safe_load(files[CONFIG])["scrape_configs"]}
        assert {job for job in jobs if job.endswith("-exporter")} == names


def test_off_leaves_no_trace_in_the_files() -> None:
    for path, text in render_files(_deployment(OFF + CASSANDRA)):
        assert "exporter" not in text or path.startswith(("collector/", "jaeger/")), path


def test_no_port_of_an_exporter_is_published() -> None:
    services = yaml.safe_load(render_files(_deployment(ON + CASSANDRA))["compose.yaml"])["services"]
    exporters = {name: it for name, it in services.items() if name.endswith("-exporter")}
    assert len(exporters) == 4
    for name, service in exporters.items():
        assert "ports" not in service, name
        assert "network_mode" not in service, name
        assert "pid" not in service, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["read_only"] is True, name
        assert int(service["mem_limit"].removesuffix("m")) <= 128, name


def test_native_ports_are_each_used_once() -> None:
    deployment = _deployment(NATIVELY, NATIVE)
    listeners = [listener for it in workloads_of(deployment) for listener in it.listens]
    ports = [deployment.network.port(listener) for listener in listeners]
    assert len(ports) == len(set(ports)) > 12
    for workload in _exporters(NATIVELY, NATIVE).values():
        assert any("127.0.0.1:" in word for word in workload.command), workload.command
        assert not any("0.0.0.0" in word for word in workload.command), workload.command


def test_only_node_exporter_sees_the_machine_and_only_to_read() -> None:
    services = yaml.safe_load(render_files(_deployment(ON))["compose.yaml"])["services"]
    machine = {"type": "bind", "source": "/", "target": "/host", "read_only": True}
    assert [name for name, it in services.items() if machine in it.get("volumes", [])] == ["node-exporter"]
    command = services["node-exporter"]["command"]
    assert {"--path.rootfs=/host", "--path.procfs=/host/proc", "--path.sysfs=/host/sys"} <= set(command)
    # They would be those of the container, whose only traffic is Prometheus.
    assert "--collector.netdev" not in command
    assert "--collector.netdev" in _exporters(NATIVELY, NATIVE)["node-exporter"].command


def test_the_samples_streams_are_read_by_name() -> None:
    streams = _deployment(ON)[RedisPlan].streams
    assert set(streams) == {REQUESTS, ISSUED, REQUESTS + DEAD_SUFFIX, ISSUED + DEAD_SUFFIX}
    assert f"--check-single-streams={','.join(streams)}" in _exporters(ON)["redis-exporter"].command
    native = _exporters(NATIVELY, NATIVE)["redis-exporter"].command
    assert [native[at + 1] for at, word in enumerate(native) if word == "--stream"] == list(streams)


def test_the_users_own_streams_are_read() -> None:
    mine = OWN + "redis: {enabled: true, streams: ['orders', 'mail:{eu}']}\n"
    assert "--check-single-streams=orders,mail:{eu}" in _exporters(ON + mine)["redis-exporter"].command
    assert "orders" in _exporters(NATIVELY + mine, NATIVE)["redis-exporter"].command
    none = _exporters(ON + OWN + "redis: {enabled: true}\n")["redis-exporter"]
    assert not [word for word in none.command if "streams=" in word]


@pytest.mark.parametrize("name", ["a,b", "a=b", "a%20b", "", "x" * 201])
def test_a_stream_that_the_exporter_would_read_as_something_else_is_refused(name: str) -> None:
    with pytest.raises(SpecError):
        parse_spec(f"{ON}redis: {{streams: ['{name}']}}\n")


def test_an_image_can_be_replaced() -> None:
    text = ON + "images: {redis_exporter: 'mirror.example/re:v1', node_exporter: 'mirror.example/ne:v1'}\n"
    found = _exporters(text)
    assert found["redis-exporter"].image == "mirror.example/re:v1"
    assert found["node-exporter"].image == "mirror.example/ne:v1"
    assert found["postgres-exporter"].image.startswith("prometheuscommunity/postgres-exporter:v")


def test_a_service_can_not_have_the_name_of_an_exporter() -> None:
    for name in ("node-exporter", "redis-exporter", "postgres-exporter", "cassandra-exporter"):
        with pytest.raises(SpecError, match="a name that the kit uses"):
            parse_spec(f"{ON}services: [{{name: {name}, image: 'shop:1'}}]\n")


def test_the_exporter_of_cassandra_connects_as_the_schema_step_does() -> None:
    cluster = (
        "storage: {engine: cassandra, contact_points: [db1.example], replication: {east: 3}, keyspace: traces, "
        "credentials: {username: {env: CQL_USER}, password: {file: secrets/cql}}, tls: {ca: certs/ca.pem}}\n"
    )
    deployment = _deployment(ON + cluster)
    exporter = _exporters(ON + cluster)["cassandra-exporter"]
    (schema,) = [it for it in workloads_of(deployment) if it.name == "schema"]
    begin = schema.command.index("--contact-point")
    connection = schema.command[begin : schema.command.index("--wait")]
    assert exporter.command[-len(connection) :] == connection
    assert exporter.secrets == schema.secrets
    assert exporter.image == OWN_IMAGE
    assert "traces" in exporter.command


def test_scylla_is_read_at_its_own_port() -> None:
    jobs = yaml.safe_load(render_files(_deployment(ON))[CONFIG])["scrape_configs"]
    (job,) = [job for job in jobs if job["job_name"] == "scylla"]
    assert job["static_configs"][0]["targets"] == ["scylla:9180"]
    services = yaml.safe_load(render_files(_deployment(ON))["compose.yaml"])["services"]
    assert not any("9180" in port for port in services["scylla"].get("ports", []))
