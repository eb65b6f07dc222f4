"""Whether Redis takes writes, asked of a real one: with room, filling, full, without a limit, with a broken disk."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
import redis as redis_client

from kit.operate.doctor.line import Line
from kit.operate.doctor.redis_writes import redis_writes
from kit.operate.doctor.subject import Subject
from kit.operate.runtime import Runtime
from tests.generator.specs import deployment
from tests.patience import PATIENCE_S
from tests.sample_services.redis_server import RedisServer

MIB = 1 << 20


@dataclass
class Toy:
    """As much of a runtime as the check asks for."""

    port: int

    def address(self, listener: str) -> str:
        return f"127.0.0.1:{self.port}" if listener == "redis.redis" and self.port else ""


@pytest.fixture
def server(redis_server_path: Path, tmp_path: Path) -> Iterator[RedisServer]:
    with RedisServer(redis_server_path, tmp_path) as server:
        yield server


@pytest.fixture
def redis(server: RedisServer) -> Iterator[Any]:
    with redis_client.Redis(port=server.port) as client:
        client.config_set("maxmemory-policy", "noeviction")
        yield client


def lines(port: int) -> list[Line]:
    live = cast("Runtime", Toy(port))
    return list(redis_writes(Subject(Path(), [live], [live], live, deployment("minimal"))))


def said(server: RedisServer) -> tuple[str, str]:
    (line,) = lines(server.port)
    return str(line.outcome), line.found


def test_a_redis_with_room(server: RedisServer, redis: Any) -> None:
    redis.config_set("maxmemory", 64 * MIB)
    outcome, found = said(server)
    assert outcome == "pass"
    assert "of 64.0 MiB in use" in found


def test_a_redis_without_a_limit(server: RedisServer) -> None:
    assert said(server)[1].endswith("MiB in use, without a limit")


def test_a_redis_that_fills(server: RedisServer, redis: Any) -> None:
    redis.set("filler", b"f" * 8 * MIB)
    redis.config_set("maxmemory", int(redis.info()["used_memory"] / 0.82))
    outcome, found = said(server)
    assert outcome == "warn"
    assert "refused" not in found


def test_the_samples_refuse_new_work_before_redis_does(server: RedisServer, redis: Any) -> None:
    redis.set("filler", b"f" * 8 * MIB)
    redis.config_set("maxmemory", int(redis.info()["used_memory"] / 0.9))
    (line,) = lines(server.port)
    assert line.outcome == "fail"
    assert line.found.startswith("coupon-api refuses new requests at 85% or more (")


def test_a_redis_that_is_full_refuses_writes(server: RedisServer, redis: Any) -> None:
    redis.set("filler", b"f" * 8 * MIB)
    redis.config_set("maxmemory", 4 * MIB)
    with pytest.raises(redis_client.exceptions.OutOfMemoryError):
        redis.xadd("orders", {"n": 1})
    (line,) = lines(server.port)
    assert line.outcome == "fail"
    assert line.found.startswith("refused: its memory is full (")
    assert line.next_step.startswith("kit queues shows the queues that fill it")


def test_a_redis_whose_disk_takes_nothing(server: RedisServer, redis: Any, tmp_path: Path) -> None:
    """The snapshot can't be written: its folder is gone."""
    folder = tmp_path / "gone"
    folder.mkdir()
    redis.config_set("dir", str(folder))
    redis.config_set("save", "1 1")
    folder.rmdir()
    redis.bgsave()
    deadline = time.monotonic() + PATIENCE_S
    while redis.info()["rdb_last_bgsave_status"] == "ok":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    with pytest.raises(redis_client.exceptions.ResponseError, match="MISCONF"):
        redis.set("a", 1)
    outcome, found = said(server)
    assert (outcome, found) == ("fail", "refused: it can't write to its disk (rdb_last_bgsave_status: err)")


def test_a_redis_that_is_down_or_not_there_is_anothers_to_name(server: RedisServer) -> None:
    server.kill()
    assert lines(server.port) == []
    assert lines(0) == []
