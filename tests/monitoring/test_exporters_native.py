"""The exporters of a native deployment on Cassandra: the metrics that dashboards use are in Prometheus."""

from __future__ import annotations

from collections.abc import Iterator

import psutil
import pytest

from kit.provision import Program
from tests.monitoring.asking import query
from tests.monitoring.targets import targets
from tests.native.stack import Stack, ask_for_coupon, running
from tests.patience import until

pytestmark = pytest.mark.native

SPEC = "monitoring: {enabled: true, interval: 1s}\nnative: {monitoring: true, heap: 256MiB}"
EXPECTED = {
    "redis-exporter": (
        "redis_up == 1",
        "redis_memory_used_bytes",
        "redis_memory_max_bytes > 0",
        "redis_connected_clients > 0",
        "redis_commands_processed_total",
        "redis_evicted_keys_total",
        "redis_keyspace_hits_total",
        "redis_keyspace_misses_total",
        'redis_stream_length{stream="coupon.requests"}',
        'redis_stream_first_entry_id{stream="coupon.issued"}',
        'redis_stream_groups{stream="coupon.requests"} == 1',
        'redis_stream_group_consumers{stream="coupon.requests",group="coupon-issuer"} > 0',
        'redis_stream_group_messages_pending{stream="coupon.issued",group="coupon-notifier"}',
        'redis_stream_group_lag{stream="coupon.issued",group="coupon-notifier"} == 0',
    ),
    "node-exporter": (
        "node_cpu_seconds_total > 0",
        "node_memory_MemAvailable_bytes > 0",
        "node_memory_MemTotal_bytes > 0",
        'node_filesystem_avail_bytes{mountpoint="/"} > 0',
        'node_filesystem_size_bytes{mountpoint="/"} > 0',
        "node_disk_io_time_seconds_total",
        "node_load1",
        'node_network_receive_bytes_total{device="lo"} > 0',
        "node_uname_info",
    ),
    "cassandra-exporter": (
        "cassandra_up == 1",
        "cassandra_thread_pool_pending_tasks",
        'cassandra_coordinator_requests_total{operation="write",table="traces"} > 0',
        'cassandra_coordinator_latency_seconds{operation="write",quantile="0.99"}',
        "cassandra_table_disk_bytes",
        "cassandra_clients > 0",
        "cassandra_table_tombstones_per_read",
    ),
}


@pytest.fixture(scope="module")
def stack(prometheus: Program, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    # Built before the start, which would otherwise wait for it.
    del prometheus
    with running(tmp_path_factory.mktemp("exporters") / "stack", SPEC) as stack:
        ask_for_coupon(stack)
        yield stack


def _wait_for(stack: Stack, expression: str) -> None:
    until(lambda: bool(query(stack.prometheus, expression)), lambda: expression)


@pytest.mark.parametrize("job", EXPECTED)
def test_the_metrics_of_the_dashboards(stack: Stack, job: str) -> None:
    until(lambda: targets(stack.prometheus).get(job) == "up", lambda: targets(stack.prometheus))
    for expression in EXPECTED[job]:
        name, brace, rest = expression.partition("{")
        if not brace:
            name, space, rest = expression.partition(" ")
            _wait_for(stack, f'{name}{{job="{job}"}}{space}{rest}')
        else:
            _wait_for(stack, f'{name}{{job="{job}",{rest}')


def test_the_series_are_few(stack: Stack) -> None:
    """A restart of a service, or a coupon more, must not add any."""
    _wait_for(stack, "cassandra_up == 1")
    for job, most in (("redis-exporter", 60), ("node-exporter", 2_000), ("cassandra-exporter", 600)):
        (found,) = query(stack.prometheus, f'scrape_samples_scraped{{job="{job}"}}')
        assert 20 < float(found["value"][1]) < most, job
    (read,) = query(stack.prometheus, 'count({job="redis-exporter"})')
    ask_for_coupon(stack)
    assert (
        int(query(stack.prometheus, 'count({job="redis-exporter"})')[0]["value"][1])
        <= int(read["value"][1]) + 10
    )


def test_the_commands_know_them(stack: Stack) -> None:
    components = {it["name"]: it for it in stack.status()["components"]}
    for name in EXPECTED:
        assert components[name]["ready"] is True, components[name]
        assert 0 < components[name]["memory_bytes"] < 128 << 20, components[name]
    assert stack.kit("doctor").returncode == 0, stack.kit("doctor").stdout
    # Nothing to do a second time.
    pids = {it.pid for it in stack.processes()}
    assert stack.kit("up", "--target", "native").returncode == 0
    assert {it.pid for it in stack.processes()} == pids


def test_a_server_that_hangs_is_seen_while_its_exporter_is_up(stack: Stack) -> None:
    """Last but one: the services fail meanwhile."""
    for metric, job, process in (
        ("redis_up", "redis-exporter", _process(stack, "redis")),
        ("cassandra_up", "cassandra-exporter", _process(stack, "cassandra")),
    ):
        _wait_for(stack, f"{metric} == 1")
        process.suspend()
        try:
            _wait_for(stack, f"{metric} == 0")
            assert targets(stack.prometheus)[job] == "up"
        finally:
            process.resume()
        _wait_for(stack, f"{metric} == 1")


def test_redis_that_was_killed_is_seen_again(stack: Stack) -> None:
    """Last of its file: the samples may have lost a request."""
    _process(stack, "redis").kill()
    _wait_for(stack, "max_over_time(redis_up[1m]) == 1 and min_over_time(redis_up[1m]) == 0")
    _wait_for(stack, "redis_up == 1")


def _process(stack: Stack, component: str) -> psutil.Process:
    (pid,) = [it["pid"] for it in stack.status()["components"] if it["name"] == component]
    return psutil.Process(pid)
