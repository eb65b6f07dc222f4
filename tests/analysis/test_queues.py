"""Queues as traces show them, against counts by hand; and the formula for consumers against a simulation."""

from __future__ import annotations

import heapq
import json
import math
import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from analysis.columns.building import table_of
from analysis.model import Link, Span, SpanKind
from analysis.objectives import Outcome, parse_objective
from analysis.queues import NEEDED, Queue, consumers_for_wait, erlang_c, process_rows, queues
from kit.cli.funnel import run
from tests.analysis.encoders import otlp
from tests.analysis.running_jaeger import sent
from tests.analysis.samples import MS, coupon_request, span
from tests.sample_services.redis_server import RedisServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from analysis.model import Attributes
    from tests.analysis.running_jaeger import RunningJaeger

QUEUE: Attributes = {"messaging.destination.name": "jobs", "messaging.consumer.group.name": "workers"}


def _send(at: float, number: int) -> Span:
    return span(
        "send jobs", at, at + 1, kind=SpanKind.PRODUCER, trace_id=f"{number:032x}", attributes=dict(QUEUE)
    )


def _process(start: float, end: float, of: Span, **more: Any) -> Span:
    attributes = {**QUEUE, **more.pop("attributes", {})}
    return span(
        "process jobs",
        start,
        end,
        kind=SpanKind.CONSUMER,
        service="worker",
        trace_id="f" * 32,
        links=(Link(of.trace_id, of.span_id),),
        attributes=attributes,
        **more,
    )


def _queues(spans: list[Span], *objectives: str, window_ms: int = 1_000) -> list[Queue]:
    table = table_of(spans, NEEDED)
    every = np.ones(len(table), bool)
    return queues(
        table,
        process_rows(table, every),
        every,
        window_ns=window_ms * MS,
        objectives=[parse_objective(one) for one in objectives],
    )


def test_a_queue_by_hand() -> None:
    """Four messages in a second; times in ms. The first two are one batch of consumer A, the last dies at B.

    send      0-1   10-11   20-21   30-31
    process  51-91  51-91  121-131  231-241
    """
    sends = [_send(at, number) for number, at in enumerate((0, 10, 20, 30), start=1)]
    batch = {"messaging.batch.message_count": 2, "service.instance.id": "A"}
    again: Attributes = {
        "messaging.redis.delivery_count": 3,
        "messaging.redis.dead_letter.reason": "failed",
        "service.instance.id": "B",
    }
    spans = [
        *sends,
        _process(51, 91, sends[0], attributes=batch),
        _process(51, 91, sends[1], attributes=batch),
        _process(121, 131, sends[2], attributes={"service.instance.id": "A"}),
        _process(231, 241, sends[3], attributes=again, error=True),
        span(
            "poll", 0, 9, kind=SpanKind.CONSUMER, attributes={**QUEUE, "messaging.operation.type": "receive"}
        ),
    ]
    (queue,) = _queues(spans)
    assert (queue.queue, queue.group, queue.service) == ("jobs", "workers", "worker")
    assert (queue.messages, queue.errors, queue.redelivered, queue.dead) == (4, 1, 1, {"failed": 1})
    assert queue.wait is not None
    assert queue.wait.p50_ns == pytest.approx(75 * MS)  # of 50, 40, 100, 200
    assert queue.processing is not None
    assert queue.processing.p50_ns == 25 * MS
    assert queue.batch_mean == 1.5
    assert (queue.consumers, queue.sent, queue.arrival_rate_per_s) == (2, 4, 4)
    # Busy: A 40 and 10, B 10 ms; 15 ms a message.
    assert queue.service_time_ns == 15 * MS
    assert queue.service_rate_per_s == pytest.approx(2 / 0.015)
    assert queue.utilisation == pytest.approx(4 * 0.015 / 2)
    assert [(need.consumers, need.for_) for need in queue.consumers_needed] == [(1, "utilisation <= 80%")]


def test_the_queue_that_made_messages_wait_longest_comes_first() -> None:
    (first, second) = _queues(coupon_request()[0].spans)
    assert (first.queue, second.queue) == ("coupon.issued", "coupon.requests")
    assert first.group is None
    assert first.wait is not None
    assert first.wait.p50_ns == pytest.approx(141.3 * MS)


def test_without_producers_what_was_taken_up_is_the_arrival_rate() -> None:
    alone = [_process(n, n + 1, _send(0, 1)) for n in range(5)]
    (queue,) = _queues(alone, window_ms=500)
    assert (queue.sent, queue.arrival_rate_per_s, queue.wait) == (0, 10, None)
    (queue,) = _queues(alone, window_ms=0)
    assert (queue.arrival_rate_per_s, queue.utilisation, queue.consumers_needed) == (None, None, [])


def test_a_load_takes_consumers_for_eighty_percent() -> None:
    """250 messages a second, 8 ms each: two consumers' time, three for 80 %."""
    sends = [_send(4 * n, n + 1) for n in range(250)]
    (queue,) = _queues([*sends, *(_process(8 * n + 50, 8 * n + 58, one) for n, one in enumerate(sends))])
    assert queue.utilisation == pytest.approx(2)
    assert queue.consumers_needed[0].consumers == 3


def test_objectives_on_the_wait() -> None:
    sends = [_send(4 * n, n + 1) for n in range(250)]
    spans = [*sends, *(_process(4 * n + 21, 4 * n + 23, one) for n, one in enumerate(sends))]
    (queue,) = _queues(spans, "worker:wait_p95<10ms", "worker:jobs:wait_p50<30ms", "worker:p50<1s")
    assert [verdict.outcome for verdict in queue.objectives] == [Outcome.MISSED, Outcome.MET]
    assert [need.consumers for need in queue.consumers_needed] == [1, 1, 1]


@pytest.mark.parametrize(
    ("consumers", "load", "waits"), [(1, 0.5, 0.5), (2, 1, 1 / 3), (3, 2, 4 / 9), (2, 2, 1)]
)
def test_erlang_s_formula_by_hand(consumers: int, load: float, waits: float) -> None:
    assert erlang_c(consumers, load) == pytest.approx(waits)


def test_erlang_s_formula_does_not_overflow() -> None:
    assert 0 < erlang_c(5_000, 4_900) < 1


def _simulated_p95(rate: float, service_s: float, consumers: int) -> float:
    """The 95th percentile of the wait of 60,000 messages that arrive and are served by chance."""
    chance = random.Random(7)  # noqa: S311
    free = [0.0] * consumers
    now, waits = 0.0, []
    for _ in range(60_000):
        now += chance.expovariate(rate)
        start = max(now, heapq.heappop(free))
        waits.append(start - now)
        heapq.heappush(free, start + chance.expovariate(1 / service_s))
    return sorted(waits)[int(0.95 * len(waits))]


@pytest.mark.parametrize(
    ("rate", "service_s", "limit_s"), [(90, 0.01, 0.05), (200, 0.02, 0.01), (40, 0.1, 0.2)]
)
def test_as_many_consumers_as_the_formula_says_are_enough_and_one_fewer_are_not(
    rate: float, service_s: float, limit_s: float
) -> None:
    needed = consumers_for_wait(rate, service_s, limit_s, 0.95)
    assert needed is not None
    assert _simulated_p95(rate, service_s, needed) <= limit_s
    assert _simulated_p95(rate, service_s, needed - 1) > limit_s


def test_a_wait_that_no_number_of_consumers_can_keep() -> None:
    assert consumers_for_wait(1e6, 1.0, 0.1, 0.99) is None
    assert consumers_for_wait(100, 0.0, 0.1, 0.99) == 1
    assert consumers_for_wait(100, 0.01, math.inf, 0.99) == 2


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.delenv("KIT_JAEGER_URL", raising=False)
    sends = [_send(4 * n, n + 1) for n in range(250)]
    dead = {"messaging.redis.dead_letter.reason": "malformed"}
    processed = [
        _process(4 * n + 21, 4 * n + 23, one, attributes=dead if n == 9 else {})
        for n, one in enumerate(sends)
    ]
    path = tmp_path / "traces.json"
    path.write_text(json.dumps(otlp([*sends, *processed, *coupon_request()[0].spans])))
    return str(path)


def _kit(*arguments: str) -> int:
    return run(["traces", "queues", *arguments])


def test_the_command(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _kit("--from", file) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[1].split()[:6] == ["jobs", "workers", "250", "20", "ms", "20"]
    assert "jobs: 1 given up as malformed" in out
    assert "1 consumers for utilisation <= 80%" in out
    assert err == ""


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--fail-on", "dead-letters"], 1),
        (["--fail-on", "dead-letters", "--service", "coupon-issuer"], 0),
        (["--fail-on", "objective", "--objective", "worker:wait_p99<19ms"], 1),
        (["--fail-on", "objective", "--objective", "worker:wait_p99<21ms"], 0),
        (["--fail-on", "objective", "--objective", "coupon-issuer:wait_p99<1s"], 5),
        (["--fail-on", "objective", "--objective", "nobody:wait_p99<1s"], 5),
        (["--fail-on", "backlog"], 2),
        (["--redis", "http://localhost"], 1),
        (["--redis", "redis://127.0.0.1:1/0"], 3),
    ],
)
def test_exit_codes(arguments: list[str], code: int, file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _kit("--from", file, *arguments) == code
    assert "Traceback" not in capsys.readouterr().err


def test_the_command_as_json(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _kit("--from", file, "--operation", "process coupon.issued", "--output", "json") == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (answer["kind"], answer["version"]) == ("traces.queues", 1)
    (queue,) = answer["queues"]
    assert (queue["queue"], queue["messages"], queue["sent"]) == ("coupon.issued", 1, 1)
    assert queue["wait"]["p50_ns"] == 141_300_000
    assert queue["backlog"] is None


@pytest.fixture
def redis_url(redis_server_path: Path, tmp_path: Path) -> Iterator[str]:
    with RedisServer(redis_server_path, tmp_path) as server:
        yield server.url


@pytest.mark.native
def test_on_a_real_jaeger_and_a_real_redis(
    jaeger: RunningJaeger, redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from redis import Redis

    client = Redis.from_url(redis_url)
    client.xgroup_create("coupon.issued", "notifiers", id="0", mkstream=True)
    for number in range(3):
        client.xadd("coupon.issued", {"n": number})
    client.close()
    sent(jaeger, "link")
    arguments = [
        "--jaeger",
        jaeger.url,
        "--redis",
        redis_url,
        "--since",
        "5m",
        "--service",
        "coupon-notifier",
    ]
    assert _kit(*arguments, "--output", "json") == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    (queue,) = answer["queues"]
    assert queue["queue"] == "coupon.issued"
    assert queue["sent"] >= 1
    assert queue["backlog"] == {"unread": 3, "pending": 0}
