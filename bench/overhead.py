"""What tracing costs an API: requests a second with it on, with every request sampled, against off.

A trivial endpoint, which is the worst case: the handler's own work is next to nothing. Three arms in turns: off,
the kit's tracing, and FastAPI's own, each the same uvicorn process on one core, with the client and a real collector
on the other. Every span of a block must have arrived. With --redis the endpoint reads one key of a real Redis, and the
third arm is the kit's tracing with a span for that command, too. Run: python -m bench.overhead
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil

from bench.http_load import Loaded, load
from bench.paired import ratio
from bench.sink import Sink, sink
from bench.trivial_app import CACHED, HELLO
from kit.provision import provision

_FIRST_PORT = 28700
_REDIS_PORT = _FIRST_PORT + 5
_ARMS = ("off", "kit", "default")
_REDIS_ARMS = ("off", "kit", "redis")
# What each request leaves; FastAPI's own tracing is only counted.
_SPANS = {"off": 0, "kit": 1, "redis": 2}
_WARM_UP_SECONDS = 1.0
_ARRIVAL_SECONDS = 15


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each block")
    parser.add_argument("--redis", action="store_true", help="an endpoint that reads a key")
    options = parser.parse_args()
    arms = _REDIS_ARMS if options.redis else _ARMS
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[-1]})
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kit-bench-")))
        collector = stack.enter_context(sink(folder, _FIRST_PORT))
        more = {"REDIS_URL": stack.enter_context(_redis(folder))} if options.redis else {}
        servers = {arm: _FIRST_PORT + 10 + index for index, arm in enumerate(arms)}
        rates: dict[str, list[float]] = {arm: [] for arm in arms}
        costs: dict[str, list[float]] = {arm: [] for arm in arms}
        spans: dict[str, tuple[int, int]] = dict.fromkeys(arms, (0, 0))
        for round_ in range(options.rounds):
            order = arms if round_ % 2 == 0 else tuple(reversed(arms))
            for arm in order:
                done, cpu, arrived = _block(arm, servers[arm], cores[0], collector, options.seconds, more)
                rates[arm].append(done.rate)
                costs[arm].append(cpu / done.requests)
                spans[arm] = (spans[arm][0] + done.requests, spans[arm][1] + arrived)
        print(f"{options.rounds} rounds of {options.seconds:g} s for each arm")
        for arm in arms[1:]:
            asked, arrived = spans[arm]
            print(f"requests/s, {arm} : off    = {ratio(rates[arm], rates['off'])}")
            print(f"CPU a request, {arm} : off = {ratio(costs[arm], costs['off'])}")
            print(
                f"spans that arrived, {arm}: {arrived} of {asked} requests ({arrived / asked:.3f} a request)"
            )


def _block(
    arm: str, port: int, core: int, collector: Sink, seconds: float, more: Mapping[str, str]
) -> tuple[Loaded, float, int]:
    """One server's life: answers what was done, the server's CPU seconds for it, and the spans that arrived."""
    before = collector.received()
    path = CACHED if more else HELLO
    with _server(arm, port, core, {**more, "OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint}) as process:
        warm = load(port, path, _WARM_UP_SECONDS)
        began = sum(process.cpu_times()[:2])
        done = load(port, path, seconds)
        cpu = sum(process.cpu_times()[:2]) - began
    # The server has stopped, and with it its last flush: what has not arrived now is lost.
    arrived = collector.received() - before
    # Two more: each load asks once for the answer's length.
    if arm in _SPANS:
        expected = _SPANS[arm] * (warm.requests + done.requests + 2)
        if arrived != expected:
            raise SystemExit(
                f"{expected - arrived} of {expected} spans did not arrive: this block says nothing"
            )
        arrived -= _SPANS[arm] * (warm.requests + 2)
    else:
        arrived = round(arrived * done.requests / (warm.requests + done.requests + 2))
    return done, cpu, arrived


@contextmanager
def _server(arm: str, port: int, core: int, more: Mapping[str, str]) -> Iterator[psutil.Process]:
    environment = {
        **os.environ,
        **more,
        "OTEL_BSP_SCHEDULE_DELAY": "500",
        "OTEL_BSP_MAX_QUEUE_SIZE": "100000",
        "OTEL_SEMCONV_STABILITY_OPT_IN": "http,database",
        "OTEL_PYTHON_SDK_INTERNAL_METRICS_ENABLED": "true",
        "OTEL_SDK_DISABLED": "true" if arm == "off" else "false",
    }
    command = [sys.executable, "-m", "bench.trivial_app", arm, str(port)]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        os.sched_setaffinity(process.pid, {core})
        try:
            _wait_for(port)
            yield psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(_ARRIVAL_SECONDS)


@contextmanager
def _redis(folder: Path) -> Iterator[str]:
    """A Redis that keeps nothing, on the client's core."""
    program = provision(["redis"])["redis"].command(
        "--port", str(_REDIS_PORT), "--bind", "127.0.0.1", "--save", ""
    )
    with (
        (folder / "redis.log").open("wb") as log,
        subprocess.Popen(program, stdout=log, cwd=folder) as process,
    ):
        try:
            _wait_for(_REDIS_PORT)
            yield f"redis://127.0.0.1:{_REDIS_PORT}/0"
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    import socket

    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"nothing listens on {port}")


if __name__ == "__main__":
    main()
