"""`kit queues` over a real Redis: what it counts, what it says when it cannot, and dead letters put back."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import redis as redis_client

from kit.cli.funnel import run
from kit.cli.verbs import VERBS
from kit.operate.queues import look as look_module
from kit.operate.queues.look import look
from tests.sample_services.redis_server import RedisServer

if TYPE_CHECKING:
    from collections.abc import Iterator

ORDERS, PACKERS, DEAD = "orders", "packers", "orders.dead"
TRACEPARENT = f"00-{'a' * 32}-{'b' * 16}-01"
BURY = Path(look_module.__file__).parents[3].joinpath("sample_services", "bury.lua").read_text()


@pytest.fixture(scope="module")
def server(redis_server_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with RedisServer(redis_server_path, tmp_path_factory.mktemp("queues")) as server:
        yield server.url


@pytest.fixture
def redis(server: str) -> Iterator[Any]:
    client = redis_client.Redis.from_url(server, decode_responses=True, protocol=2)
    client.flushall()
    yield client
    client.close()


@pytest.fixture
def kit(
    server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> Any:
    monkeypatch.setitem(VERBS, "queues", "")
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str, redis: str = server) -> tuple[int, str, str]:
        code = run(["queues", *arguments, *(["--redis", redis] if redis else [])])
        out, err = capfd.readouterr()
        return code, out, err

    return call


def bury(redis: Any, entry: str, reason: str = "failed") -> str:
    why = [
        "dead.reason",
        reason,
        "dead.error.type",
        "HTTPError",
        "dead.error.message",
        "404",
        "dead.entry_id",
        entry,
    ]
    why += ["dead.delivery_count", "5", "dead.at", "2026-11-21T12:00:00.000+00:00"]
    return str(redis.eval(BURY, 2, ORDERS, DEAD, PACKERS, entry, 100_000, *why))


def dead_orders(redis: Any, count: int = 1, **fields: str) -> list[str]:
    redis.xgroup_create(ORDERS, PACKERS, id="0", mkstream=True)
    letters = []
    for n in range(count):
        entry = redis.xadd(ORDERS, {"n": str(n), "traceparent": TRACEPARENT, **fields})
        redis.xreadgroup(PACKERS, "ann", {ORDERS: ">"})
        letters.append(bury(redis, entry))
    return letters


def test_depth_pending_unread_and_age_are_those_of_redis(redis: Any) -> None:
    seconds = redis.time()[0]
    for n in range(10):
        redis.xadd(ORDERS, {"n": n}, id=f"{(seconds - 100 + n) * 1000}-0")
    redis.xgroup_create(ORDERS, PACKERS, id="0")
    redis.xgroup_create(ORDERS, "auditors", id="$")
    taken = redis.xreadgroup(PACKERS, "ann", {ORDERS: ">"}, count=4)[0][1]
    redis.xreadgroup(PACKERS, "bob", {ORDERS: ">"}, count=2)
    done = [entry for entry, _ in taken[:3]]
    redis.xack(ORDERS, PACKERS, *done)
    redis.xdel(ORDERS, *done)

    (stream,) = look(redis)
    assert (stream.name, stream.depth) == (ORDERS, 7)
    groups = {group.name: group for group in stream.groups}
    packers, auditors = groups[PACKERS], groups["auditors"]
    assert (packers.pending, packers.unread, packers.unread_exact) == (3, 4, True)
    # They have read everything, though not one entry was deleted for them: depth less pending would say 7.
    assert (auditors.pending, auditors.unread, auditors.oldest_s) == (0, 0, None)
    assert packers.oldest_s is not None
    assert 96 <= packers.oldest_s < 160
    assert stream.oldest_s == packers.oldest_s
    assert {it.name: it.pending for it in packers.consumers} == {"ann": 1, "bob": 2}
    assert all(it.idle_s >= 0 for it in packers.consumers)


def test_a_long_queue_is_not_counted_to_its_end(
    redis: Any, kit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look_module, "COUNTED", 5)
    for n in range(20):
        redis.xadd(ORDERS, {"n": n})
    redis.xgroup_create(ORDERS, PACKERS, id="0")
    redis.xreadgroup(PACKERS, "ann", {ORDERS: ">"}, count=3)
    (stream,) = look(redis)
    assert (stream.groups[0].unread, stream.groups[0].unread_exact) == (17, False)
    assert "~17" in kit()[1]


def test_ids_that_say_nothing_of_time_have_no_age(redis: Any) -> None:
    redis.xadd(ORDERS, {"n": 1}, id="1-1")
    assert look(redis)[0].oldest_s is None


def test_the_answer_as_json_has_everything(redis: Any, kit: Any) -> None:
    (letter,) = dead_orders(redis)
    code, out, _ = kit("--output", "json")
    answer = json.loads(out)
    assert code == 0
    assert (answer["kind"], answer["version"]) == ("queues", 1)
    (stream,) = answer["streams"]
    assert stream["dead_letters"] == {
        "stream": DEAD,
        "count": 1,
        "reasons": {"failed": 1},
        "newest": [
            {
                "id": letter,
                "reason": "failed",
                "error_type": "HTTPError",
                "error_message": "404",
                "entry_id": stream["dead_letters"]["newest"][0]["entry_id"],
                "delivery_count": 5,
                "at": "2026-11-21T12:00:00.000+00:00",
            }
        ],
    }
    assert stream["groups"][0]["consumers"][0]["name"] == "ann"


def test_the_table_names_streams_groups_consumers_and_dead_letters(redis: Any, kit: Any) -> None:
    (letter,) = dead_orders(redis)
    redis.xadd("unread-by-anyone", {"n": 1})
    _, out, _ = kit()
    assert "orders → packers" in out
    assert "unread-by-anyone → (no group)" in out
    assert "ann: 0 pending" in out
    assert f"{letter}  failed after 5 tries  HTTPError: 404" in out


def test_a_requeued_entry_is_the_entry_it_was(redis: Any, kit: Any) -> None:
    """Also one whose own fields look like ours."""
    mine = {"dead.reason": "of old age", "dead.fields": "1"}
    first, second = dead_orders(redis, 2, **mine)
    code, out, err = kit("requeue", ORDERS, "--id", second)
    assert code == 0
    assert redis.xlen(DEAD) == 1
    ((entry, fields),) = redis.xrange(ORDERS)
    assert fields == {"n": "1", "traceparent": TRACEPARENT, **mine}
    assert out.strip() == f"{second} → {entry}"
    assert "1 dead letter is back" in err
    assert redis.xreadgroup(PACKERS, "bob", {ORDERS: ">"})[0][1] == [(entry, fields)]
    code, out, _ = kit("requeue", DEAD, "--all", "--output", "json")
    assert code == 0
    assert [it["id"] for it in json.loads(out)["requeued"]] == [first]
    assert redis.xlen(DEAD) == 0


def test_many_dead_letters_come_back_in_their_order(redis: Any, kit: Any) -> None:
    dead_orders(redis, 1100)
    assert kit("requeue", ORDERS, "--all")[0] == 0
    assert [int(fields["n"]) for _, fields in redis.xrange(ORDERS)] == list(range(1100))
    assert redis.xlen(DEAD) == 0
    code, _, err = kit("requeue", ORDERS, "--all")
    assert code == 0
    assert "nothing was changed" in err


def test_bytes_that_are_no_text_survive_death_and_requeueing(redis: Any, server: str, kit: Any) -> None:
    redis.xgroup_create(ORDERS, PACKERS, id="0", mkstream=True)
    bury(redis, redis.xadd(ORDERS, {"raw": b"\xff\xfe\x00"}))
    kit("requeue", ORDERS, "--all")
    raw: Any = redis_client.Redis.from_url(server)
    assert raw.xrange(ORDERS)[0][1] == {b"raw": b"\xff\xfe\x00"}
    raw.close()


@pytest.mark.parametrize("wrong", ["1-1", "yesterday", "-"])
def test_a_dead_letter_that_is_not_there_stops_all_of_it(redis: Any, kit: Any, wrong: str) -> None:
    (letter,) = dead_orders(redis)
    code, out, err = kit("requeue", ORDERS, "--id", letter, f"--id={wrong}")
    assert code == 1
    assert out == ""
    assert f"{DEAD} has no {wrong}; nothing was moved" in err
    assert redis.xlen(DEAD) == 1


def test_an_unknown_stream_is_answered_with_the_nearest(redis: Any, kit: Any) -> None:
    dead_orders(redis)
    code, _, err = kit("requeue", "order", "--all")
    assert code == 1
    assert "there is no stream order" in err
    assert "did you mean orders?" in err


@pytest.mark.parametrize("arguments", [["requeue", ORDERS], ["requeue", ORDERS, "--all", "--id", "1-1"]])
def test_requeue_wants_to_be_told_which(kit: Any, arguments: list[str]) -> None:
    code, _, err = kit(*arguments)
    assert code == 2
    assert "--all" in err


def test_no_streams_yet_is_said(redis: Any, kit: Any) -> None:
    code, out, err = kit()
    assert (code, out) == (0, "")
    assert "no streams yet" in err


def test_nothing_runs_here(kit: Any) -> None:
    code, _, err = kit(redis="")
    assert code == 3
    assert "nothing runs here" in err
    assert "--redis" in err


def test_a_redis_that_is_down_is_named_without_its_password(kit: Any) -> None:
    code, _, err = kit(redis="redis://me:secret@127.0.0.1:1/0")
    assert code == 3
    assert "Redis at redis://***@127.0.0.1:1/0 does not answer" in err
    assert "secret" not in err


@pytest.mark.parametrize("url", ["localhost:6379", "http://localhost", "redis://localhost:port/0"])
def test_what_is_no_url_of_a_redis_is_said(kit: Any, url: str) -> None:
    code, _, err = kit(redis=url)
    assert code == 1
    assert "redis://localhost:6379/0" in err
    assert "Traceback" not in err


def test_the_redis_of_the_deployment_in_this_folder_is_found(
    redis: Any, kit: Any, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kit.operate.native.home import Home
    from kit.operate.native.state import RunState, StartedProcess
    from kit.operate.native.supervisor import Supervisor

    port = int(server.rpartition(":")[2].partition("/")[0])
    home = Home.of(Path.cwd())
    home.path.mkdir(parents=True)
    component = StartedProcess("redis", "Redis", {"redis": port}, "redis", "", port, 0, False, 10, 0)
    RunState("coupons", "parent", "", {}, [component]).save(home)
    monkeypatch.setattr(Supervisor, "find", lambda _home: os)
    dead_orders(redis)
    code, out, _ = kit(redis="")
    assert code == 0
    assert "orders → packers" in out
