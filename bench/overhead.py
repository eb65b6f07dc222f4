"""Cost of telemetry for an API: requests per second with every request sampled, against tracing off.

The endpoint is trivial, which is the worst case: its handler does almost no work. Four arms run in turns: all off, the
kit's tracing, the kit's tracing and metrics, and FastAPI's own tracing. Each is the same uvicorn process on one core,
with the client and a real collector on the other. Every span of a block must arrive, and metrics of each block with
them. With --redis, the endpoint reads one key of a real Redis, which metrics measure, and the last arm is the kit's
tracing with a span for that command too. Run: python -m bench.overhead
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bench.http_load import load
from bench.paired import in_turns, ratio
from bench.processes import Processes, free_ports, on_cores
from bench.result import Arguments, Ledger, Measured, figure
from bench.servers import Sink, start_redis, start_sink
from bench.trivial_app import CACHED, HELLO, WITH_METRICS

_ARMS = ("off", "kit", WITH_METRICS, "default")
_REDIS_ARMS = ("off", "kit", WITH_METRICS, "redis")
# Expected spans per request; those of FastAPI's own tracing are counted but not checked.
_SPANS = {"off": 0, "kit": 1, WITH_METRICS: 1, "redis": 2}
_FLUSH_SECONDS = 15
# Once a second: more often than the kit sets.
_METRICS = {"OTEL_METRICS_EXPORTER": "otlp", "OTEL_METRIC_EXPORT_INTERVAL": "1000"}
_TRACING = {
    "OTEL_BSP_SCHEDULE_DELAY": "500",
    "OTEL_BSP_MAX_QUEUE_SIZE": "100000",
    "OTEL_SEMCONV_STABILITY_OPT_IN": "http,database",
    "OTEL_PYTHON_SDK_INTERNAL_METRICS_ENABLED": "true",
}


@dataclass(frozen=True, slots=True)
class Block:
    """Measurements of one server process.

    Attributes:
        rate: Requests per second.
        cost: CPU seconds of the server per request.
        requests: Number of requests, including the warm-up.
        arrived: Number of spans of these requests that arrived.
        points: Number of values of metrics that arrived.
    """

    rate: float
    cost: float
    requests: int
    arrived: int
    points: int


@dataclass
class Bench:
    """Settings and processes that all blocks of a run share."""

    processes: Processes
    collector: Sink
    core: int
    seconds: float
    warm_up: float
    path: str = HELLO
    environment: dict[str, str] = field(default_factory=dict)

    def arm(self, name: str) -> Callable[[], Block]:
        """Return a function that runs a block of an arm."""
        return lambda: self._block(name)

    def _block(self, arm: str) -> Block:
        before, points, port = self.collector.received(), self.collector.points(), free_ports(1)
        command = [sys.executable, "-m", "bench.trivial_app", arm, str(port)]
        tracing = {**_TRACING, "OTEL_SDK_DISABLED": "true" if arm == "off" else "false"}
        if arm == WITH_METRICS:
            tracing |= _METRICS
        with on_cores({self.core}):
            pid = self.processes.start(arm, command, {**self.environment, **tracing})
        self.processes.wait_ready(arm, "tcp", port)
        process = psutil.Process(pid)
        warm = load(port, self.path, self.warm_up)
        began = sum(process.cpu_times()[:2])
        done = load(port, self.path, self.seconds)
        cpu = sum(process.cpu_times()[:2]) - began
        # The server flushes its spans before it stops; spans that have not arrived then are lost.
        self.processes.stop(arm, _FLUSH_SECONDS)
        arrived = self.collector.received() - before
        # Two more, because each load sends one request to get the answer's length.
        requests = warm.requests + done.requests + 2
        return Block(done.rate, cpu / done.requests, requests, arrived, self.collector.points() - points)


def main() -> None:
    parser = Arguments(__doc__)
    parser.size("--rounds", 12, 1, "blocks of each arm")
    parser.size("--seconds", 3.0, 0.5, "seconds of each block")
    parser.size("--warm-up", 1.0, 0.5, "seconds of load before each block")
    parser.add_argument("--redis", action="store_true", help="use an endpoint that reads a key of Redis")
    parser.run("overhead", measure)


def measure(asked: argparse.Namespace) -> Measured:
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[-1]})
    with tempfile.TemporaryDirectory(prefix="kit-bench-") as name, Processes(Path(name)) as processes:
        collector = start_sink(processes, Path(name))
        bench = Bench(processes, collector, cores[0], asked.seconds, asked.warm_up)
        bench.environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.endpoint
        if asked.redis:
            bench.path = CACHED
            bench.environment["REDIS_URL"] = f"redis://127.0.0.1:{start_redis(processes, Path(name))}/0"
        arms = _REDIS_ARMS if asked.redis else _ARMS
        off, *others = in_turns(asked.rounds, *map(bench.arm, arms))
    measured = Measured(ratios={})
    by_arm = dict(zip(arms, (off, *others), strict=True))
    pairs = [(arm, "off") for arm in arms[1:]] + [(WITH_METRICS, "kit")]
    for left, right in pairs:
        for what, name in (("rate", "requests/s"), ("cost", "CPU a request")):
            taken = ([getattr(block, what) for block in by_arm[arm]] for arm in (left, right))
            measured.ratios[f"{name}, {left} : {right}"] = ratio(*taken)
    for arm, blocks in zip(arms[1:], others, strict=True):
        spans = [block.arrived / block.requests for block in blocks]
        measured.figures[f"spans a request, {arm}"] = figure(spans)
    if not all(block.points for block in by_arm[WITH_METRICS]):
        measured.problems.append("a block with metrics delivered none")
    for arm, blocks in by_arm.items():
        measured.figures[f"requests/s, {arm}"] = figure([block.rate for block in blocks])
        if arm in _SPANS:
            expected = _SPANS[arm] * sum(block.requests for block in blocks)
            arrived = sum(block.arrived for block in blocks)
            measured.ledgers[arm] = Ledger(expected, arrived, 0, expected - arrived)
            if arrived != expected:
                measured.problems.append(f"{arm}: {arrived} of {expected} spans arrived")
    return measured


if __name__ == "__main__":
    main()
