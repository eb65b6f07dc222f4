"""The real programs, from the user's cache; what is missing there is obtained first."""

from __future__ import annotations

import socket
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from kit.provision import PROGRAMS, damaged, programs, provision
from kit.provision.part import LOCKS

if TYPE_CHECKING:
    from pathlib import Path

    from kit.provision import Program

pytestmark = pytest.mark.native


@pytest.fixture(scope="module")
def ready() -> dict[str, Program]:
    return provision()


def said(program: Program, *arguments: str) -> str:
    done = subprocess.run(
        program.command(*arguments), capture_output=True, text=True, timeout=300, check=True
    )
    return done.stdout + done.stderr


def test_all_are_there(ready: dict[str, Program]) -> None:
    assert set(ready) >= set(PROGRAMS)
    assert programs() == ready
    assert damaged() == {}


def test_jaeger(ready: dict[str, Program]) -> None:
    assert '"gitVersion":"v2.13.0"' in said(ready["jaeger"], "version")


def test_the_collector_has_the_components_of_its_manifest(ready: dict[str, Program]) -> None:
    assert said(ready["otelcol"], "--version").strip() == "otelcol version 0.159.0"
    components = said(ready["otelcol"], "components")
    manifest = (LOCKS / "otelcol" / "manifest.yaml").read_text()
    modules = [line.split()[2] for line in manifest.splitlines() if "- gomod:" in line]
    assert modules
    for module in modules:
        assert f"module: {module} " in components


def test_redis_answers(ready: dict[str, Program], tmp_path: Path) -> None:
    port = free_port()
    command = ready["redis"].command("--port", str(port), "--bind", "127.0.0.1", "--dir", tmp_path)
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            with connected(port, server) as connection:
                connection.sendall(b"PING\r\n")
                assert connection.recv(16) == b"+PONG\r\n"
        finally:
            server.terminate()


CASSANDRA_YAML = """\
cluster_name: provisioned
num_tokens: 1
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
listen_address: 127.0.0.1
rpc_address: 127.0.0.1
storage_port: {storage}
native_transport_port: {cql}
endpoint_snitch: SimpleSnitch
seed_provider:
  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
    parameters: [{{seeds: "127.0.0.1:{storage}"}}]
data_file_directories: ["{folder}/data"]
commitlog_directory: {folder}/commitlog
saved_caches_directory: {folder}/saved_caches
hints_directory: {folder}/hints
commitlog_sync: periodic
commitlog_sync_period: 10s
"""


def test_cassandra_answers_a_query(ready: dict[str, Program], tmp_path: Path) -> None:
    from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
    from cassandra.policies import RoundRobinPolicy

    cql, storage = free_port(), free_port()
    config = tmp_path / "cassandra.yaml"
    config.write_text(CASSANDRA_YAML.format(cql=cql, storage=storage, folder=tmp_path))
    command = ready["cassandra"].command(
        *("-Xms64M", "-Xmx512M", "-Xss256k", "-XX:+UseSerialGC", f"-Dcassandra.config=file://{config}"),
        *("-Dcassandra.skip_wait_for_gossip_to_settle=0", "-Dcassandra.ring_delay_ms=0"),
        "org.apache.cassandra.service.CassandraDaemon",
    )
    log = (tmp_path / "log").open("w")
    with log, subprocess.Popen(command, stdout=log, stderr=log, cwd=tmp_path) as server:
        try:
            connected(cql, server).close()
            profile = ExecutionProfile(load_balancing_policy=RoundRobinPolicy())
            cluster = Cluster(
                ["127.0.0.1"],
                port=cql,
                protocol_version=5,
                execution_profiles={EXEC_PROFILE_DEFAULT: profile},
            )
            with cluster, cluster.connect() as session:
                row = session.execute("SELECT release_version FROM system.local").one()
            assert row.release_version == "5.0.9"
        finally:
            server.terminate()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def connected(port: int, server: subprocess.Popen[bytes]) -> socket.socket:
    """A connection as soon as the server takes one."""
    deadline = time.monotonic() + 300
    while True:
        assert server.poll() is None, "the server ended"
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=5)
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
