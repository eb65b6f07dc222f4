"""A cluster that is there already, and the node that the kit runs: what is rendered, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from generator.components.storage.plan import StoragePlan, connections, with_port
from generator.components.storage.relations import jaeger_takes
from generator.kit_yaml import parse_spec
from generator.render import render_files, workloads_of
from generator.resolve import resolve
from generator.spec.problem import SpecError
from generator.target import Target
from generator.targets import COMPOSE, NATIVE, TARGETS
from tests.generator.specs import HEAD, deployment

TEXT = "${env:KIT_NOTHING:-}"
TLS = "storage: {contact_points: [db], tls: "


def backend(text: str, target: Target = COMPOSE) -> dict[str, Any]:
    config = yaml.safe_load(render_files(resolve(parse_spec(HEAD + text), target))["jaeger/config.yaml"])
    (of,) = config["extensions"]["jaeger_storage"]["backends"].values()
    found: dict[str, Any] = of["cassandra"]
    return found


def services(text: str) -> dict[str, Any]:
    files = render_files(resolve(parse_spec(HEAD + text), COMPOSE))
    found: dict[str, Any] = yaml.safe_load(files["compose.yaml"])["services"]
    return found


def mistakes(text: str) -> list[tuple[str, str]]:
    with pytest.raises(SpecError) as error:
        parse_spec(HEAD + text)
    return [(problem.path, problem.found) for problem in error.value.problems]


@pytest.mark.parametrize("target", TARGETS)
def test_jaeger_and_the_schema_step_go_to_the_cluster(target: Target) -> None:
    plan = deployment("cluster", target, "/srv/coupons")
    config = yaml.safe_load(render_files(plan)["jaeger/config.yaml"])
    connection = config["extensions"]["jaeger_storage"]["backends"]["scylla"]["cassandra"]["connection"]
    native = target is NATIVE
    assert connection == {
        "servers": ["db1.example:9142", "[::1]:9142"],
        "port": 9142,
        "local_dc": "west",
        "connections_per_host": 8,
        "auth": {
            "basic": {"username": f"${{env:CQL_USER}}{TEXT}", "password": f"${{env:CQL_PASSWORD}}{TEXT}"}
        },
        "tls": {
            "insecure": False,
            "ca_file": "/srv/coupons/certs/ca.pem" if native else "/etc/storage/ca.pem",
            "cert_file": "/etc/pki/me.pem" if native else "/etc/storage/certificate.pem",
            "key_file": "/etc/pki/me.key" if native else "/etc/storage/key.pem",
            "insecure_skip_verify": True,
        },
    }
    workloads = {workload.name: workload for workload in workloads_of(plan)}
    assert "scylla" not in workloads
    assert "cassandra" not in workloads
    assert not any(listener.published == "cql" for w in workloads.values() for listener in w.listens)
    step = workloads["schema"]
    assert step.after == ()
    told = " ".join(step.command)
    assert "--contact-point db1.example:9142 --contact-point [::1]:9142 --datacenter west" in told
    assert "--username-env CQL_USER --password-env CQL_PASSWORD --tls --ca" in told
    assert "--any-host" in told
    for name in ("schema", "jaeger"):
        assert [secret.env for secret in workloads[name].secrets] == ["CQL_USER", "CQL_PASSWORD"]


def test_the_files_of_tls_are_mounted() -> None:
    services_ = yaml.safe_load(render_files(deployment("cluster"))["compose.yaml"])["services"]
    for name in ("schema", "jaeger"):
        mounted = {mount["target"]: mount["source"] for mount in services_[name]["volumes"]}
        assert mounted["/etc/storage/ca.pem"] == "./certs/ca.pem"
        assert mounted["/etc/storage/key.pem"] == "/etc/pki/me.key"


def test_replication_of_a_cluster_is_the_spec_s_on_both_targets() -> None:
    for target in TARGETS:
        text = render_files(deployment("cluster", target))["scylla/schema.cql"]
        assert "'east': 3, 'west': 2}" in text


def test_a_secret_in_a_file() -> None:
    text = "storage: {contact_points: [db], credentials: {username: {file: run/user}, password: {file: /p}}}"
    assert backend(text)["connection"]["auth"]["basic"] == {
        "username": f"${{file:/run/secrets/run-user}}{TEXT}",
        "password": f"${{file:/run/secrets/p}}{TEXT}",
    }
    plan = resolve(parse_spec(HEAD + text), COMPOSE)
    step = next(workload for workload in workloads_of(plan) if workload.name == "schema")
    assert "--username-file /run/secrets/run-user --password-file /run/secrets/p" in " ".join(step.command)
    native = backend(text, NATIVE)["connection"]["auth"]["basic"]
    assert native["password"] == f"${{file:/p}}{TEXT}"


def test_a_cluster_in_plain_text_on_the_usual_port() -> None:
    connection = backend("storage: {contact_points: [db, 10.0.0.7]}")["connection"]
    assert connection["servers"] == ["db:9042", "10.0.0.7:9042"]
    assert connection["tls"] == {"insecure": True}
    assert "port" not in connection
    assert "auth" not in connection


def test_tls_that_trusts_what_the_system_trusts() -> None:
    assert backend(TLS + "{}}")["connection"]["tls"] == {"insecure": False}


def test_natively_a_cluster_is_used_as_it_is() -> None:
    text = "storage: {engine: scylla, contact_points: [db]}\n"
    plan = resolve(parse_spec(HEAD + text), NATIVE)
    assert plan[StoragePlan].engine == "scylla"
    assert not plan[StoragePlan].runs_node
    without = resolve(parse_spec(HEAD + text + "native: {storage: badger}\n"), NATIVE)
    assert without[StoragePlan].engine == "badger"
    assert without[StoragePlan].contact_points == ()


@pytest.mark.parametrize(("shards", "expected"), [(1, None), (2, None), (3, 3), (16, 16)])
def test_a_connection_for_each_shard(shards: int, expected: int | None) -> None:
    assert connections(shards) == expected
    found = backend(f"storage: {{cpus: {shards}, memory: 32GiB}}")["connection"]
    assert found.get("connections_per_host") == expected
    assert services(f"storage: {{cpus: {shards}, memory: 32GiB}}")["scylla"]["command"][:2] == [
        "--smp",
        str(shards),
    ]


@pytest.mark.parametrize(
    ("point", "expected"),
    [("db", "db:9042"), ("db:9142", "db:9142"), ("[::1]", "[::1]:9042"), ("[::1]:19", "[::1]:19")],
)
def test_a_contact_point_gets_a_port(point: str, expected: str) -> None:
    assert with_port(point) == expected


def test_the_kit_s_own_node_is_told_its_datacenter() -> None:
    files = render_files(resolve(parse_spec(HEAD + "storage: {replication: {east: 1}}"), COMPOSE))
    assert "\ndc=east\n" in files["scylla/cassandra-rackdc.properties"]
    node = yaml.safe_load(files["compose.yaml"])["services"]["scylla"]
    assert node["command"][-2:] == ["--endpoint-snitch", "GossipingPropertyFileSnitch"]
    assert node["volumes"][0]["target"] == "/etc/scylla/cassandra-rackdc.properties"
    assert "scylla/cassandra-rackdc.properties" not in render_files(deployment("minimal"))


@pytest.mark.parametrize(
    ("text", "path", "found"),
    [
        ("storage: {credentials: {username: {env: U}, password: {env: P}}}", "storage.credentials",
         "`credentials` without contact_points"),
        ("storage: {tls: {}}", "storage.tls", "`tls` without contact_points"),
        (TLS + "{certificate: a}}", "storage.tls", "a certificate without its key"),
        (TLS + "{key: a}}", "storage.tls", "a key without its certificate"),
        ("storage: {cpus: 4}", "storage.cpus", "4 shards in 1536MiB"),
        ("storage: {datacenter: west}", "storage.datacenter", "west, which is not in storage.replication"),
        ("storage: {engine: cassandra, cpus: 4}", "storage.cpus", "4 shards of Cassandra"),
        ("storage: {version: '5.4.7'}", "storage.version", "scylla 5.4.7"),
        ("storage: {engine: cassandra, version: '3.11.19'}", "storage.version", "cassandra 3.11.19"),
        ("storage: {engine: memory, consistency: QUORUM}", "storage.consistency",
         "`consistency`, but memory is part of Jaeger"),
        ("storage: {engine: badger, contact_points: [db]}", "storage.contact_points",
         "`contact_points`, but badger is part of Jaeger"),
        ("storage: {contact_points: [a:9042, 'b:9142']}", "storage.contact_points", "the ports 9042 and 9142"),
        ("storage: {contact_points: [db, scylla_1]}", "storage.contact_points[1]", "`scylla_1`"),
        ("storage: {contact_points: ['scylla-1.a.b:9042']}", "storage.contact_points[0]", "`scylla-1.a.b:9042`"),
        ("storage: {contact_points: ['::1']}", "storage.contact_points[0]", "`::1`"),
        ("storage: {contact_points: ['db:99999']}", "storage.contact_points[0]", "`db:99999`"),
        ("storage: {contact_points: ['http://db']}", "storage.contact_points[0]", "`http://db`"),
        ("storage: {contact_points: [db], credentials: {username: me, password: {env: P}}}",
         "storage.credentials.username", "a value in clear text"),
    ],
)  # fmt: skip
def test_mistakes(text: str, path: str, found: str) -> None:
    assert (path, found) in mistakes(text)


def test_a_mistake_in_a_list_points_at_its_item() -> None:
    text = HEAD + "storage:\n  contact_points:\n    - db\n    - scylla_1\n"
    with pytest.raises(SpecError) as error:
        parse_spec(text)
    (problem,) = error.value.problems
    assert (problem.line, problem.column) == (6, 7)


def test_a_secret_in_clear_text_is_not_repeated() -> None:
    with pytest.raises(SpecError) as error:
        parse_spec(
            HEAD + "storage: {contact_points: [d], credentials: {username: {env: U}, password: hunter2}}"
        )
    assert "hunter2" not in str(error.value)


def test_a_long_name_is_checked_in_no_time() -> None:
    """The pattern goes over no name more than a few times."""
    assert not jaeger_takes("a" * 240 + "_")
    assert not jaeger_takes("a-" * 120 + "_")
    assert not jaeger_takes("a." * 120 + "_")
    assert jaeger_takes("a" * 250)
