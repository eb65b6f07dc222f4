"""The write path: the kit's configs against Jaeger's own sample, and against a bare writer of the same rows.

All arms write in turns to one Cassandra, with a new keyspace for each block. The result counts rows in the store. Run:

- `python -m bench.write_path` takes about half an hour
- `python -m bench.write_path --quick` tests the benchmark; its ratios are meaningless
- `python -m bench.write_path --change jaeger:env.GOGC=400` compares changed configs with the unchanged ones
- `python -m bench.write_path --spec 'dead_letters: {enabled: false}'` compares another spec with the default
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bench.paired import in_turns
from bench.processes import free_ports
from bench.result import Arguments, Measured, figure, tell
from bench.write_path import arms, run_report
from bench.write_path.arms import Run
from bench.write_path.block import Block, Timing
from bench.write_path.changes import Change
from bench.write_path.sink import Sink
from bench.write_path.site import PORTS, Site
from bench.write_path.writer import Writer, build
from kit.provision import TextProgress, provision


def main() -> None:
    # SIGTERM stops all processes that were started, as Ctrl-C does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    _arguments().run("write_path", measure)


def measure(asked: argparse.Namespace) -> Measured:
    programs = provision(["cassandra", "go", "jaeger", "otelcol"], progress=TextProgress())
    timing = Timing(asked.seconds, asked.warm, asked.drain)
    with tempfile.TemporaryDirectory(prefix="kit-write-path-") as name, contextlib.ExitStack() as stack:
        folder, ports = Path(name), free_ports(2 * PORTS)
        site = Site(folder / "a", ports, programs, asked.queue, asked.base, _apart(asked.store_cores))
        store, running = stack.enter_context(site.store())
        run = Run(site, store, running.pids, timing)
        program = Writer(build(programs["go"], folder), asked.workers, asked.connections)
        if not asked.change and not asked.spec:
            return _measure(run, program, asked)
        other = _changed(site, run, asked.change or [], folder, stack)
        return _compare(run, replace(other, site=replace(other.site, spec=asked.spec)), program, asked)


def _measure(run: Run, program: Writer, asked: argparse.Namespace) -> Measured:
    """Measure the two ratios and all further figures."""
    _warm_up(run, program, asked)
    sink = Sink()
    free = arms.capacity(sink.port, run.site.folder.parent, asked.warm)
    sink.close()
    kit, bare = _looked_at(run, arms.kit), _looked_at(run, lambda one: arms.writer(one, program))
    beside_bare, writer = in_turns(asked.pairs, kit, bare)
    beside_stock, stock = in_turns(asked.stock_pairs, kit, _looked_at(run, arms.stock))
    measured = Measured(
        ratios=run_report.ratios(beside_stock, stock) | run_report.ratios(beside_bare, writer)
    )
    ours = [*beside_bare, *beside_stock]
    for blocks in (ours, writer, stock):
        run_report.add(measured, blocks)
    measured.figures["spans/s, the sender into a server that drops them"] = figure([free])
    measured.figures["cores, the sender"] = figure([block.cpu["sender"] / block.window for block in ours])
    found = list(beside_bare[0].searches.values())
    measured.figures["traces found by each indexed attribute, of 20"] = figure(found)
    if measured.ledgers["kit"].lost or not all(found):
        measured.problems.append("spans are lost or cannot be found by an indexed attribute")
    if not run_report.same_rows(beside_bare[0], writer[0]):
        measured.problems.append("the bare writer writes other rows than Jaeger")
    return measured


def _compare(run: Run, other: Run, program: Writer, asked: argparse.Namespace) -> Measured:
    """Compare changed configs with the unchanged ones."""
    for one in dict.fromkeys((run.store.port, other.store.port)):
        _warm_up(run if one == run.store.port else other, program, asked)
    if asked.arm == "writer":
        changed, as_is = in_turns(
            asked.pairs,
            _told(lambda: arms.writer(other, program, "changed")),
            _told(lambda: arms.writer(run, program)),
        )
    else:
        changed, as_is = in_turns(
            asked.pairs, _told(lambda: arms.kit(other, "changed")), _told(lambda: arms.kit(run))
        )
    measured = Measured(ratios=run_report.ratios(changed, as_is))
    for blocks in (changed, as_is):
        run_report.add(measured, blocks)
    return measured


def _changed(site: Site, run: Run, change: list[Change], folder: Path, stack: contextlib.ExitStack) -> Run:
    """Return a run with the same store, or with a second one if the store itself is changed."""
    changes = (*site.changes, *change)
    if all(one.component != "cassandra" for one in change):
        return replace(run, site=site.with_changes(changes))
    second = replace(site, folder=folder / "b", base=site.base + PORTS, changes=changes)
    store, running = stack.enter_context(second.store())
    return Run(second, store, running.pids, run.timing, numbers=run.numbers)


def _apart(count: int) -> frozenset[int]:
    """Reserve cores for the database: move this process and its children to the others. Return the reserved cores."""
    cores = sorted(os.sched_getaffinity(0))
    if not count:
        return frozenset()
    if count >= len(cores):
        raise SystemExit(
            f"--store-cores {count}: this machine has {len(cores)} cores, and the other processes need at least one"
        )
    os.sched_setaffinity(0, set(cores[count:]))
    return frozenset(cores[:count])


def _warm_up(run: Run, program: Writer, asked: argparse.Namespace) -> None:
    """Warm up the JVM: it compiles hot code first, so the first blocks would be its slowest."""
    longer = replace(run, timing=replace(run.timing, seconds=asked.warm_up, warm=asked.warm_up / 2))
    tell(f"warm-up: {run_report.told(arms.writer(longer, program))}")


def _looked_at(run: Run, arm: Callable[[Run], Block]) -> Callable[[], Block]:
    """Make the first block of an arm thorough: it also counts tables, measures the disk and searches."""
    first = iter([True])
    return _told(lambda: arm(replace(run, thorough=next(first, False))))


def _told(arm: Callable[[], Block]) -> Callable[[], Block]:
    def run() -> Block:
        block = arm()
        tell(run_report.told(block))
        return block

    return run


def _arguments() -> Arguments:
    parser = Arguments(__doc__)
    parser.size("--pairs", 10, 1, "number of pairs of blocks, kit and bare writer")
    parser.size("--stock-pairs", 4, 1, "number of pairs of blocks, kit and stock")
    parser.size("--seconds", 20.0, 6.0, "seconds of sending in a block")
    parser.size("--warm", 5.0, 1.0, "first seconds of a block that are not measured")
    parser.size("--queue", 20_000, 2_000, "size of the collector's queue in spans")
    parser.size("--drain", 120.0, 120.0, "maximum seconds for writing queued spans after a block")
    parser.size("--warm-up", 25.0, 4.0, "seconds of warm-up before the first block")
    parser.add_argument(
        "--store-cores", type=int, default=0, help="number of cores reserved for the database"
    )
    parser.add_argument("--workers", type=int, default=400, help="concurrent statements of the bare writer")
    parser.add_argument("--connections", type=int, default=1, help="connections of the bare writer")
    parser.add_argument(
        "--change", type=Change.parse, action="append", help="COMPONENT:PATH=VALUE (may be repeated)"
    )
    parser.add_argument(
        "--spec", default="", help="further lines of the spec, compared with the default spec"
    )
    parser.add_argument(
        "--base",
        type=Change.parse,
        action="append",
        default=[],
        help="a change for both sides (may be repeated)",
    )
    parser.add_argument("--arm", choices=("kit", "writer"), default="kit", help="arm that measures --change")
    return parser


if __name__ == "__main__":
    main()
