"""The arms: the kit's configs, Jaeger's own sample, and a bare writer, with a new keyspace for each block."""

from __future__ import annotations

import itertools
import secrets
import string
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bench.processes import Processes, reporting
from bench.write_path import ledger, search
from bench.write_path.block import Block, Meter, Timing, line
from bench.write_path.site import STOCK_PORTS, Site
from bench.write_path.spans import BATCH
from bench.write_path.store import Store
from bench.write_path.writer import Writer
from generator.components.dead_letters.listeners import NAME as DEAD_LETTERS
from generator.components.jaeger.listeners import JAEGER_QUERY

_ROOT = Path(__file__).resolve().parents[2]
_CONNECTIONS = 16
_LINGER = 2.0
# An upper bound that is never reached: the store accepts a tenth of it.
_MOST_PER_SECOND = 400
# Docker's default time between SIGTERM and SIGKILL of a container.
_STOCK_GRACE = 10.0
_POLL = 0.5


@dataclass
class Run:
    """Settings and state that all blocks of a run share.

    Attributes:
        site: The deployment.
        store: The database.
        stores_pids: Process ids of the database by name.
        timing: Phases of a block.
        thorough: Whether a block also counts all tables, measures the disk and searches.
        numbers: Numbers for the names of keyspaces.
    """

    site: Site
    store: Store
    stores_pids: Mapping[str, int]
    timing: Timing
    thorough: bool = False
    numbers: Iterator[int] = field(default_factory=itertools.count)

    @contextmanager
    def keyspace(self) -> Iterator[str]:
        """Yield a new name for a keyspace, and drop the keyspace at the end."""
        name = f"bench_{next(self.numbers)}_{secrets.token_hex(3)}"
        try:
            yield name
        finally:
            self.store.drop(name)


@dataclass(frozen=True, slots=True)
class _Sending:
    began_us: int
    acknowledged: list[int]
    cpu: Mapping[str, float]
    stolen: float


def kit(run: Run, name: str = "kit") -> Block:
    """Run the kit's configs: sender → collector with its queue on disk → dead letters → Jaeger → store."""
    site = run.site
    with run.keyspace() as keyspace, Processes(site.folder / "logs") as processes:
        planned = site.write(keyspace)
        site.make_schema(keyspace, run.store)
        site.start("jaeger", planned, processes)
        if any(process.name == DEAD_LETTERS for process in planned.processes):
            site.start(DEAD_LETTERS, planned, processes)
        collector = site.start("collector", planned, processes)
        sent = _send(run, site.sender_port, processes)
        left = _drain(run, collector.metrics_port, len(sent.acknowledged) * BATCH)
        found = search.by_each(
            planned.deployment.network.port(JAEGER_QUERY), site.indexed, sent.began_us
        ) if run.thorough else {}  # fmt: skip
        return _block(run, name, keyspace, sent, waiting=left, searches=found)


def stock(run: Run) -> Block:
    """Run Jaeger's own sample: sender → Jaeger → store, with the schema that Jaeger creates."""
    site = run.site
    with run.keyspace() as keyspace, Processes(site.folder / "logs") as processes:
        first = site.base + STOCK_PORTS
        names = (
            "otlp_http",
            "otlp_grpc",
            "metrics",
            "health",
            "query",
            "query_grpc",
            "sampling_http",
            "sampling_grpc",
        )
        ports = {name: first + offset for offset, name in enumerate(names)}
        template = string.Template((Path(__file__).with_name("stock.yaml")).read_text(encoding="utf-8"))
        config = site.folder / "stock.yaml"
        config.write_text(template.substitute(ports, cql=run.store.port, keyspace=keyspace), encoding="utf-8")
        processes.start("jaeger", site.programs["jaeger"].command("--config", config), {})
        processes.wait_ready("jaeger", "http", ports["health"], "/status")
        sent = _send(run, ports["otlp_http"], processes)
        # Its queued spans are only in memory, so it gets the stop time of a container to write them.
        processes.stop("jaeger", _STOCK_GRACE)
        block = _block(run, "stock", keyspace, sent)
        run.store.drop(f"{keyspace}_archive")
        return block


def writer(run: Run, program: Writer, name: str = "bare writer") -> Block:
    """Run the bare writer: prepared statements → store."""
    site, timing = run.site, run.timing
    with run.keyspace() as keyspace:
        site.make_schema(keyspace, run.store)
        salt, start_us = secrets.randbits(63), time.time_ns() // 1000
        command = program.command(
            site.folder, run.store.port, keyspace, salt, start_us, site.indexed, timing.seconds
        )
        with reporting(command, site.folder) as process:
            began_us, cpu, stolen = Meter({**run.stores_pids, "writer": process.pid}).watch(process, timing)
            done = line(process)
        rows = run.store.rows(keyspace)
        counted, disk, contents = _thorough(run, keyspace)
        # Its spans have consecutive numbers, and each span that it counts as written has a row.
        found = ledger.Ledger(done["written"], min(done["written"], len(rows)), 0, 0)
        return Block(
            name, ledger.rate(rows, began_us, timing.warm, timing.seconds), found, cpu,
            timing.seconds - timing.warm, stolen, counted, disk, contents,
        )  # fmt: skip


def capacity(port: int, folder: Path, seconds: float = 3.0) -> float:
    """Return the maximum spans per second of the sender, measured with a server that discards them."""
    with reporting(_sender(port, seconds, 100_000), folder) as process:
        line(process)
        return len(line(process)["acknowledged"]) * BATCH / seconds


def _send(run: Run, port: int, processes: Processes) -> _Sending:
    timing = run.timing
    command = _sender(port, timing.seconds, int(_MOST_PER_SECOND * timing.seconds))
    with reporting(command, _ROOT) as process:
        meter = Meter({**run.stores_pids, **processes.pids, "sender": process.pid})
        began_us, cpu, stolen = meter.watch(process, timing)
        return _Sending(began_us, line(process)["acknowledged"], cpu, stolen)


def _sender(port: int, seconds: float, most: int) -> list[str]:
    return [
        sys.executable, "-m", "bench.write_path.sender",
        str(port), str(secrets.randbits(63)), str(time.time_ns() // 1000),
        "--connections", str(_CONNECTIONS), "--seconds", str(seconds), "--linger", str(_LINGER), "--most", str(most),
    ]  # fmt: skip


def _drain(run: Run, metrics_port: int, acknowledged: int) -> int:
    """Wait until all acknowledged spans are sent. Return the number still queued after the time limit."""
    deadline = time.monotonic() + run.timing.drain
    while True:
        left = acknowledged - _sent_on(metrics_port)
        if left <= 0 or time.monotonic() > deadline:
            return max(0, left)
        time.sleep(_POLL)


def _sent_on(metrics_port: int) -> int:
    """Return the spans sent by the collector. Used only for waiting; the reported counts come from the rows."""
    text = httpx.get(f"http://127.0.0.1:{metrics_port}/metrics", timeout=10, trust_env=False).text
    lines = (line for line in text.splitlines() if line.startswith("otelcol_exporter_sent_spans"))
    return sum(int(float(line.rpartition(" ")[2])) for line in lines)


def _block(
    run: Run,
    name: str,
    keyspace: str,
    sent: _Sending,
    waiting: int = 0,
    searches: Mapping[str, int] | None = None,
) -> Block:
    rows = run.store.rows(keyspace)
    counted, disk, contents = _thorough(run, keyspace)
    timing = run.timing
    return Block(
        name, ledger.rate(rows, sent.began_us, timing.warm, timing.seconds),
        ledger.balance(sent.acknowledged, rows, waiting), sent.cpu, timing.seconds - timing.warm, sent.stolen,
        counted, disk, contents, searches or {},
    )  # fmt: skip


def _thorough(run: Run, keyspace: str) -> tuple[Mapping[str, int], int, frozenset[str]]:
    if not run.thorough:
        return {}, 0, frozenset()
    return run.store.count(keyspace), run.store.bytes_on_disk(keyspace), run.store.contents(keyspace)
