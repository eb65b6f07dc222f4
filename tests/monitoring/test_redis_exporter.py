"""The kit's exporter of Redis, over a real Redis: the names of the official one, true values, and Redis away."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import redis as redis_client

from kit.operate.inside.exporters.redis_exporter.reader import RedisReader
from kit.operate.inside.exporters.redis_exporter.streams import stream_of
from tests.monitoring.exporters import Exporter, exporter
from tests.patience import ANSWER_S, until
from tests.sample_services.redis_server import RedisServer

STREAMS = ("orders", "orders.dead", "mail")
# Of oliver006/redis_exporter 1.91, with its labels.
NAMES = {
    "redis_up": set(),
    "redis_memory_used_bytes": set(),
    "redis_memory_max_bytes": set(),
    "redis_connected_clients": set(),
    "redis_commands_processed_total": set(),
    "redis_evicted_keys_total": set(),
    "redis_keyspace_hits_total": set(),
    "redis_keyspace_misses_total": set(),
    "redis_stream_length": {"db", "stream"},
    "redis_stream_first_entry_id": {"db", "stream"},
    "redis_stream_groups": {"db", "stream"},
    "redis_stream_group_consumers": {"db", "stream", "group"},
    "redis_stream_group_messages_pending": {"db", "stream", "group"},
    "redis_stream_group_lag": {"db", "stream", "group"},
}  # fmt: skip


@pytest.fixture(scope="module")
def server(redis_server_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with RedisServer(redis_server_path, tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="module")
def exported(server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exporter]:
    named = [word for stream in STREAMS for word in ("--stream", stream)]
    folder = tmp_path_factory.mktemp("exporter")
    with exporter("redis_exporter", folder, "--redis", server.url, *named) as running:
        yield running


@pytest.fixture
def redis(server: RedisServer) -> Iterator[Any]:
    client = redis_client.Redis.from_url(server.url, decode_responses=True, protocol=2)
    client.flushall()
    yield client
    client.close()


def test_names_and_labels_are_those_of_the_official_exporter(redis: Any, exported: Exporter) -> None:
    redis.xadd("orders", {"a": "1"})
    redis.xgroup_create("orders", "packers", "0")
    found = exported.read()
    for name, labels in NAMES.items():
        assert [set(has) for has, _ in found[name]] == [labels], name
    assert all(name.startswith("redis_") for name in found)


def test_the_server(redis: Any, exported: Exporter) -> None:
    redis.config_set("maxmemory", 50 << 20)
    redis.set("there", 1)
    redis.get("there")
    redis.get("missing")
    info = redis.info()
    assert exported.value("redis_up") == 1
    assert exported.value("redis_memory_max_bytes") == 50 << 20
    assert exported.value("redis_keyspace_hits_total") == info["keyspace_hits"] > 0
    # XINFO of a stream that does not exist is a miss, too.
    assert (exported.value("redis_keyspace_misses_total") or 0) >= info["keyspace_misses"] > 0
    assert (exported.value("redis_memory_used_bytes") or 0) > 500_000


def test_a_stream_and_its_groups(redis: Any, exported: Exporter) -> None:
    redis.xadd("orders", {"a": "1"}, id="1700000000123-4")
    for number in range(4):
        redis.xadd("orders", {"a": number})
    redis.xgroup_create("orders", "packers", "0")
    redis.xgroup_create("orders", "mailers", "0")
    redis.xreadgroup("packers", "one", {"orders": ">"}, count=2)
    redis.xreadgroup("packers", "two", {"orders": ">"}, count=1)
    redis.xack("orders", "packers", "1700000000123-4")
    of = {"db": "db0", "stream": "orders"}
    assert exported.value("redis_stream_length", **of) == 5
    assert exported.value("redis_stream_first_entry_id", **of) == 1_700_000_000_123
    assert exported.value("redis_stream_groups", **of) == 2
    assert exported.value("redis_stream_group_consumers", group="packers", **of) == 2
    assert exported.value("redis_stream_group_messages_pending", group="packers", **of) == 2
    assert exported.value("redis_stream_group_lag", group="packers", **of) == 2
    assert exported.value("redis_stream_group_lag", group="mailers", **of) == 5


def test_an_empty_stream_has_the_values_of_the_official_exporter(redis: Any, exported: Exporter) -> None:
    redis.xgroup_create("mail", "senders", "0", mkstream=True)
    assert exported.value("redis_stream_length", stream="mail") == 0
    assert exported.value("redis_stream_first_entry_id", stream="mail") == 0
    assert exported.value("redis_stream_group_lag", stream="mail") == 0


def test_only_named_streams_that_exist_are_shown(redis: Any, exported: Exporter) -> None:
    redis.xadd("mail", {"a": "1"})
    redis.xadd("secret", {"a": "1"})
    redis.set("orders", "not a stream")
    lengths = exported.read()["redis_stream_length"]
    assert lengths == [({"db": "db0", "stream": "mail"}, 1)]


def test_a_long_backlog_is_not_counted_to_its_end(redis: Any, exported: Exporter) -> None:
    add = redis.pipeline()
    for number in range(2_500):
        add.xadd("orders", {"a": number})
    add.execute()
    redis.xgroup_create("orders", "packers", "0")
    redis.xreadgroup("packers", "one", {"orders": ">"}, count=100)
    assert exported.value("redis_stream_group_lag", stream="orders") == 2_400


def test_the_lag_that_redis_reports_is_taken() -> None:
    """Redis 7 has it; the one of these tests may be older."""
    about = {"length": 9, "first-entry": None, "last-generated-id": "9-0"}
    group = {"name": "g", "consumers": 1, "pending": 0, "last-delivered-id": "2-0"}
    lags = [
        stream_of("s", about, [{**group, **more}]).groups[0].lag for more in ({"lag": 4}, {"lag": None}, {})
    ]
    assert lags == [4, None, None]
    (done,) = stream_of("s", about, [{**group, "last-delivered-id": "9-0"}]).groups
    assert done.lag == 0


def test_a_read_costs_a_handful_of_commands(redis: Any, exported: Exporter) -> None:
    for stream in STREAMS:
        redis.xadd(stream, {"a": "1"})
    before = exported.value("redis_commands_processed_total")
    after = exported.value("redis_commands_processed_total")
    assert before is not None
    assert after is not None
    # INFO, two for each stream, and those by which a client begins.
    assert 1 <= after - before <= 2 * len(STREAMS) + 6


def test_redis_away_and_back(redis: Any, server: RedisServer, exported: Exporter) -> None:
    redis.xadd("orders", {"a": "1"})
    (process,) = [it for it in psutil.process_iter() if _serves(it, server.port)]
    process.suspend()
    try:
        assert exported.read(timeout=1) == {"redis_up": [({}, 0)]}
    finally:
        process.resume()
    assert exported.value("redis_stream_length", stream="orders") == 1
    server.kill()
    try:
        assert exported.read() == {"redis_up": [({}, 0)]}
    finally:
        server.start()
    until(lambda: exported.value("redis_up") == 1, exported.log.read_text)
    assert exported.value("redis_stream_length", stream="orders") is None
    said = exported.log.read_text().splitlines()
    assert [line.partition(": ")[0] for line in said] == [
        f"Redis at 127.0.0.1:{server.port} does not answer", f"Redis at 127.0.0.1:{server.port} answers again",
    ] * 2  # fmt: skip


def test_what_is_no_redis_is_reported_too() -> None:
    assert [metric.samples[0].value for metric in RedisReader("redis://127.0.0.1:1", ["orders"]).read(1)] == [
        0
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--listen", "127.0.0.1:0", "--redis", "http://x"), "redis-exporter: Redis URL must specify one of"),
        (("--listen", "192.0.2.1:1", "--redis", "redis://x"), "redis-exporter: [Errno"),
        (("--listen", "nowhere", "--redis", "redis://x"), "redis-exporter: invalid literal"),
    ],
)
def test_a_mistake_is_one_line(arguments: tuple[str, ...], said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kit.operate.inside.exporters.redis_exporter", *arguments],
        capture_output=True, text=True, timeout=ANSWER_S, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert done.stderr.startswith(said), done.stderr


def _serves(process: psutil.Process, port: int) -> bool:
    try:
        return f"127.0.0.1:{port}" in " ".join(process.cmdline()) and "redis" in process.name()
    except psutil.Error:
        return False
