"""Jaeger itself loads what is rendered for each way to reach a database."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import pytest

from generator.components.storage.relations import jaeger_takes
from generator.kit_yaml import parse_spec
from generator.render import render_files
from generator.resolve import resolve
from generator.targets import NATIVE
from kit.provision import Program
from tests.generator.specs import HEAD

pytestmark = pytest.mark.native

FILES = "credentials: {username: {file: user}, password: {file: password}}"
VARIABLES = "credentials: {username: {env: CQL_USER}, password: {env: CQL_PASSWORD}}"
VARIANTS = [
    "",
    "contact_points: [db]",
    "engine: cassandra, contact_points: [a.example, 10.0.0.7, '[fe80::1]']",
    "contact_points: ['node-2:9142', 'scylla-0.scylla.tracing.svc.cluster.local:9142']",
    f"contact_points: [db], {FILES}",
    f"contact_points: [db], {VARIABLES}",
    "contact_points: [db], tls: {}",
    "contact_points: [db], tls: {ca: ca.pem, certificate: me.pem, key: me.key}",
    f"contact_points: [db], tls: {{verify_host: false}}, {VARIABLES}",
    "contact_points: [db], replication: {a: 3, b: 3}, datacenter: b, consistency: LOCAL_QUORUM, cpus: 16",
    *(f"contact_points: [db], consistency: {level}" for level in ("LOCAL_ONE", "ONE", "QUORUM")),
]
# Each is something else to YAML when it stands alone: a number, a comment, a list, a map, nothing.
PASSWORDS = ["12345", "#hash", "[list]", "{a: b}", "null", "a: b", "plain", "p$w"]


HOSTS = [
    "db", "x1", "localhost", "A.B", "my--db", "my---db", "scylla_1", "s_1", "a_b.c", "a.b_c", "db_x.example.com",
    "scylla-1.a.b", "scylla-1.ab.cd", "db.rack-1", "db.rack-eu", "node1.dc-1", "node.dc1", "www.a", "1a.2b", "a.1",
    "a.b.c.d.e", "xn--bcher-kva.example", "db-1.prod-eu.example.com", "node_1.example.com", "a1_b2.c3.d4", "0x7f",
]  # fmt: skip


def validate(jaeger: Path, folder: Path, storage: str, password: str) -> subprocess.CompletedProcess[str]:
    (folder / "user").write_text("tracing")
    (folder / "password").write_text(password)
    spec = parse_spec(HEAD + f"storage: {{{storage}}}\n")
    config = folder / "config.yaml"
    deployment = resolve(spec, NATIVE, PurePosixPath(folder))
    config.write_text(render_files(deployment)["jaeger/config.yaml"])
    return subprocess.run(
        [str(jaeger), "validate", "--config", str(config)],
        capture_output=True, text=True, check=False, timeout=300,
        env={**os.environ, "CQL_USER": "tracing", "CQL_PASSWORD": password},
    )  # fmt: skip


@pytest.mark.parametrize("storage", VARIANTS)
def test_a_variant_loads(programs: Mapping[str, Program], tmp_path: Path, storage: str) -> None:
    result = validate(programs["jaeger"].executable, tmp_path, storage, PASSWORDS[0])
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("host", HOSTS)
def test_the_spec_takes_the_hosts_that_jaeger_takes(
    programs: Mapping[str, Program], tmp_path: Path, host: str
) -> None:
    config = tmp_path / "config.yaml"
    text = render_files(resolve(parse_spec(HEAD), NATIVE, PurePosixPath(tmp_path)))["jaeger/config.yaml"]
    config.write_text(text.replace('"127.0.0.1:9042"', f'"{host}:9042"'))
    result = subprocess.run(
        [str(programs["jaeger"].executable), "validate", "--config", str(config)],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert f'"{host}:9042"' in config.read_text()
    assert (result.returncode == 0) == jaeger_takes(f"{host}:9042"), result.stderr


@pytest.mark.parametrize("source", [FILES, VARIABLES])
@pytest.mark.parametrize("password", PASSWORDS)
def test_any_password_stays_text(
    programs: Mapping[str, Program], tmp_path: Path, password: str, source: str
) -> None:
    jaeger = programs["jaeger"].executable
    result = validate(jaeger, tmp_path, f"contact_points: [db], {source}", password)
    assert result.returncode == 0, result.stderr
    printed = subprocess.run(
        [str(jaeger), "print-config", "--config", str(tmp_path / "config.yaml"),
         "--feature-gates", "otelcol.printInitialConfig"],
        capture_output=True, text=True, check=True, timeout=300,
        env={**os.environ, "CQL_USER": "tracing", "CQL_PASSWORD": password},
    ).stdout  # fmt: skip
    (line,) = [line.strip() for line in printed.splitlines() if line.strip().startswith("password:")]
    assert line.removeprefix("password: ").strip("'\"") == password
