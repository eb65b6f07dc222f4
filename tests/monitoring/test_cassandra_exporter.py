"""The exporter of Cassandra over a real node with TLS and roles: its metrics, their units, and the node away."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import SimpleNamespace

import psutil
import pytest

from kit.operate.inside.exporters.cassandra_exporter.families import QUERIES, RELEASE, Families
from kit.operate.schema import Encryption
from kit.provision import Program
from tests.monitoring.exporters import Exporter, exporter
from tests.native.stack import Stack
from tests.patience import ANSWER_S, until
from tests.schema.node import Node, node
from tests.schema.secured import make_keys

pytestmark = pytest.mark.native

KEYSPACE, PASSWORD = "traces_of_shop", "p$a: s'w\"0rd #1"
# As much as takes milliseconds to write.
_LARGE = b"x" * 2_000_000
_TIMES = 40


@dataclass(frozen=True)
class Watched:
    """A node with a table that was used, its exporter, and the times of the client, in seconds."""

    node: Node
    exporter: Exporter
    writes: list[float]


@pytest.fixture(scope="module")
def watched(programs: Mapping[str, Program], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("watched")
    keys = make_keys(programs, tmp_path_factory.mktemp("keys"))
    more = "authenticator: PasswordAuthenticator\nauthorizer: CassandraAuthorizer\n" + keys.options
    encryption = Encryption(str(keys.ca), str(keys.certificate), str(keys.key))
    (folder / "password").write_text(PASSWORD)
    (folder / "user").write_text("watcher")
    with node(programs, folder, Stack(folder / "ports").base, more, encryption) as running:
        with running.cluster.session() as session:
            session.execute("CREATE ROLE watcher WITH LOGIN = true AND PASSWORD = %s", (PASSWORD,))
            session.execute(
                f"CREATE KEYSPACE {KEYSPACE} WITH replication = "
                "{'class': 'SimpleStrategy', 'replication_factor': 1}"
            )
            session.set_keyspace(KEYSPACE)
            session.execute("CREATE TABLE spans (k int PRIMARY KEY, v blob)")
            writes = []
            for number in range(_TIMES):
                began = time.monotonic()
                session.execute("INSERT INTO spans (k, v) VALUES (%s, %s)", (number, _LARGE))
                writes.append(time.monotonic() - began)
                session.execute("SELECT k FROM spans WHERE k = %s", (number,))
        arguments = (
            "--keyspace", KEYSPACE, "--contact-point", running.contact_point, "--datacenter", "datacenter1",
            "--username-file", str(folder / "user"), "--password-file", str(folder / "password"),
            "--tls", "--ca", str(keys.ca), "--certificate", str(keys.certificate), "--key", str(keys.key),
        )  # fmt: skip
        with exporter("cassandra_exporter", folder, *arguments) as exported:
            until(lambda: exported.value("cassandra_up") == 1, exported.log.read_text)
            assert set(exported.read()) == {"cassandra_up", "cassandra_info"}
            assert set(exported.read()) == {"cassandra_up", "cassandra_info"}
            # Once, and in one line.
            (said,) = exported.log.read_text().splitlines()
            assert said.startswith("can't read system_views.thread_pools, system_views.caches, "), said
            assert "has no SELECT permission" in said
            with running.cluster.session() as session:
                session.execute("GRANT SELECT ON KEYSPACE system_views TO watcher")
            # The node keeps permissions for some seconds.
            until(lambda: set(exported.read()) == set(Families.names()), exported.log.read_text)
            yield Watched(running, exported, writes)


def test_every_virtual_table_is_there(watched: Watched) -> None:
    assert set(watched.exporter.read()) == set(Families.names())


def test_requests_of_the_keyspace_are_counted(watched: Watched) -> None:
    of = {"node": watched.node.contact_point, "table": "spans"}
    count = "cassandra_coordinator_requests_total"
    assert watched.exporter.value(count, operation="write", **of) == _TIMES
    assert watched.exporter.value(count, operation="read", **of) == _TIMES
    tables = {has["table"] for has, _ in watched.exporter.read()[count]}
    assert tables == {"spans"}


def test_latencies_are_seconds(watched: Watched) -> None:
    """The columns end in `_ms`: this fails when a release of Cassandra converts them as their name says."""
    times = sorted(watched.writes)
    of = {"operation": "write", "table": "spans"}
    latency = "cassandra_coordinator_latency_seconds"
    longest = watched.exporter.value(latency, quantile="1", **of) or 0
    # The histogram's buckets are 20 % apart; the client's share of the time is at most nine tenths.
    assert times[-1] / 10 <= longest <= times[-1] * 1.3
    middle = watched.exporter.value(latency, quantile="0.5", **of) or 0
    assert 0 < middle <= longest


def test_pools_caches_and_clients(watched: Watched) -> None:
    completed = watched.exporter.value("cassandra_thread_pool_completed_tasks_total", pool="MutationStage")
    assert (completed or 0) >= _TIMES
    assert watched.exporter.value("cassandra_thread_pool_pending_tasks", pool="ReadStage") == 0
    assert watched.exporter.value("cassandra_cache_capacity_bytes", cache="keys") == 8 << 20
    assert (watched.exporter.value("cassandra_clients") or 0) >= 1
    assert watched.exporter.value("cassandra_info", version="5.0.9") == 1


def test_a_node_that_hangs_and_comes_back(watched: Watched) -> None:
    (process,) = [
        it for it in psutil.process_iter() if it.name() == "java" and _listens(it, watched.node.port)
    ]
    process.suspend()
    try:
        found = watched.exporter.read(timeout=2)
        assert [value for _, value in found["cassandra_up"]] == [0]
        assert set(found) == {"cassandra_up"}
        # With the session closed, too.
        assert set(watched.exporter.read(timeout=2)) == {"cassandra_up"}
    finally:
        process.resume()
    until(lambda: watched.exporter.value("cassandra_up") == 1, watched.exporter.log.read_text)
    said = watched.exporter.log.read_text()
    assert said.count("does not answer") == 1, said
    assert said.count("answers again") == 1, said


@pytest.mark.parametrize(("release", "has"), [("5.0.9", True), ("4.1.3", False), ("6.0", False)])
def test_latencies_are_shown_only_where_their_unit_is_known(release: str, has: bool) -> None:
    row = SimpleNamespace(table_name="spans", count=3, p50th_ms=0.1, p99th_ms=0.2, max_ms=0.3)
    families = Families()
    families.add_node("n", {RELEASE: [SimpleNamespace(release_version=release)], "write": [row]})
    names = {metric.name for metric in families.metrics()}
    assert ("cassandra_coordinator_latency_seconds" in names) == has
    assert "cassandra_coordinator_requests" in names


def test_each_query_reads_one_place() -> None:
    assert all(query.count("FROM system") == 1 for query in QUERIES.values())


def test_a_mistake_is_one_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kit.operate.inside.exporters.cassandra_exporter", "--listen", "127.0.0.1:0",
         "--keyspace", "k", "--contact-point", "db1:9042", "--datacenter", "d", "--username-env", "NOT_SET",
         "--password-env", "NOT_SET"],
        capture_output=True, text=True, timeout=ANSWER_S, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == "cassandra-exporter: the variable NOT_SET is not set\n"


def _listens(process: psutil.Process, port: int) -> bool:
    try:
        return any(it.laddr.port == port for it in process.net_connections() if it.status == "LISTEN")
    except psutil.Error:
        return False
