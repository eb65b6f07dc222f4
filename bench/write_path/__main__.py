"""The write path: the kit's render against Jaeger's own sample, and against a bare writer of the same rows.

All write to one Cassandra, a fresh keyspace for each block, in turns; what counts is the rows found. Run:

    python -m bench.write_path                 about half an hour
    python -m bench.write_path --quick         shows in two minutes that it works; its ratios mean nothing
    python -m bench.write_path --change jaeger:env.GOGC=400   the render with a change against the render
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
from bench.write_path import arms, report
from bench.write_path.arms import Run
from bench.write_path.block import Block, Timing
from bench.write_path.changes import Change
from bench.write_path.sink import Sink
from bench.write_path.site import Site
from bench.write_path.writer import Writer, build
from kit.provision import TextProgress, provision

_FIRST_PORT, _SECOND_PORT = 28_000, 28_050


def main() -> None:
    asked = _arguments()
    # A polite kill stops everything that was started, as Ctrl-C does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    programs = provision(["cassandra", "go", "jaeger", "otelcol"], progress=TextProgress())
    timing = Timing(asked.seconds, asked.warm, asked.drain)
    with tempfile.TemporaryDirectory(prefix="kit-write-path-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        site = Site(folder / "a", _FIRST_PORT, programs, tuple(asked.base), _apart(asked.store_cores))
        store, running = stack.enter_context(site.store())
        run = Run(site, store, running.pids, timing)
        program = Writer(build(programs["go"], folder), asked.workers, asked.connections)
        if asked.change:
            other = _changed(site, run, asked.change, folder, stack)
            compare(run, other, program, asked)
        else:
            measure(run, program, asked)


def measure(run: Run, program: Writer, asked: argparse.Namespace) -> None:
    """The two ratios, and all that stands beside them."""
    _warm_up(run, program, asked)
    sink = Sink()
    free = arms.capacity(sink.port, run.site.folder.parent)
    sink.close()
    kit, bare = _looked_at(run, arms.kit), _looked_at(run, lambda one: arms.writer(one, program))
    beside_bare, writer = in_turns(kit, bare, asked.pairs)
    beside_stock, stock = in_turns(kit, _looked_at(run, arms.stock), asked.stock_pairs)
    ours, closely = [*beside_bare, *beside_stock], (beside_bare[0], writer[0], stock[0])
    lines = [
        "",
        *report.ratios(beside_stock, stock)[:1],
        *report.ratios(beside_bare, writer),
        "",
        "loss ledgers, all blocks",
        *map(report.losses, (ours, stock)),
        "",
        "CPU-seconds for 1,000 spans",
        *map(report.processes, (ours, writer, stock)),
        "",
        "for each span",
        *map(report.rows, closely),
        f"kit and bare writer wrote the same rows: {'yes' if report.same_rows(*closely[:2]) else 'NO'}",
        "",
        f"the sender: {free:,.0f} spans/s into a server that drops them; {report.busiest(ours):.2f} of a core at most",
        f"traces found by each indexed attribute (20 asked for): {dict(closely[0].searches)}",
    ]
    print("\n".join(lines))
    if not all(closely[0].searches.values()) or any(block.ledger.lost for block in ours):
        raise SystemExit("spans are lost, or are not found by an indexed attribute")
    if not report.same_rows(*closely[:2]):
        raise SystemExit("the bare writer does not write what Jaeger writes")


def compare(run: Run, other: Run, program: Writer, asked: argparse.Namespace) -> None:
    """The render with changes against the render."""
    for one in dict.fromkeys((run.store.port, other.store.port)):
        _warm_up(run if one == run.store.port else other, program, asked)
    if asked.arm == "writer":
        changed, as_is = in_turns(
            _told(lambda: arms.writer(other, program, "changed")),
            _told(lambda: arms.writer(run, program)),
            asked.pairs,
        )
    else:
        changed, as_is = in_turns(
            _told(lambda: arms.kit(other, "changed")), _told(lambda: arms.kit(run)), asked.pairs
        )
    print("", *map(str, asked.change), *report.ratios(changed, as_is), sep="\n")
    print(*map(report.processes, (changed, as_is)), *map(report.losses, (changed, as_is)), sep="\n")


def _changed(site: Site, run: Run, change: list[Change], folder: Path, stack: contextlib.ExitStack) -> Run:
    """The same store, or a second one when the change is the store's."""
    changes = (*site.changes, *change)
    if all(one.component != "cassandra" for one in change):
        return replace(run, site=site.with_changes(changes))
    second = Site(folder / "b", _SECOND_PORT, site.programs, changes, site.store_cores)
    store, running = stack.enter_context(second.store())
    return Run(second, store, running.pids, run.timing, numbers=run.numbers)


def _apart(count: int) -> frozenset[int]:
    """The database's own cores, after everything else, this process included, has been sent to the others."""
    cores = sorted(os.sched_getaffinity(0))
    if not count:
        return frozenset()
    if count >= len(cores):
        raise SystemExit(f"--store-cores {count}: there are {len(cores)}, and one at least is for the rest")
    os.sched_setaffinity(0, set(cores[count:]))
    return frozenset(cores[:count])


def _warm_up(run: Run, program: Writer, asked: argparse.Namespace) -> None:
    """A JVM compiles what it runs often: the first blocks would be its slowest."""
    longer = replace(run, timing=replace(run.timing, seconds=asked.warm_up, warm=asked.warm_up / 2))
    print("warm-up:", report.told(arms.writer(longer, program)), flush=True)


def _looked_at(run: Run, arm: Callable[[Run], Block]) -> Callable[[], Block]:
    """An arm whose first block is looked at closely, when its time is over."""
    first = iter([True])
    return _told(lambda: arm(replace(run, thorough=next(first, False))))


def _told(arm: Callable[[], Block]) -> Callable[[], Block]:
    def run() -> Block:
        block = arm()
        print(report.told(block), flush=True)
        return block

    return run


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=int, default=10, help="of blocks, kit and bare writer")
    parser.add_argument("--stock-pairs", type=int, default=4, help="of blocks, kit and stock")
    parser.add_argument("--seconds", type=float, default=20, help="of a block")
    parser.add_argument("--warm", type=float, default=5, help="of these, the first that don't count")
    parser.add_argument(
        "--drain", type=float, default=120, help="at most, for what is queued at a block's end"
    )
    parser.add_argument("--warm-up", type=float, default=25, help="seconds before the first block")
    parser.add_argument(
        "--store-cores", type=int, default=0, help="cores for the database alone; the rest for all others"
    )
    parser.add_argument("--workers", type=int, default=400, help="the bare writer's statements under way")
    parser.add_argument("--connections", type=int, default=1, help="of the bare writer")
    parser.add_argument(
        "--change", type=Change.parse, action="append", help="COMPONENT:PATH=VALUE; may be repeated"
    )
    parser.add_argument(
        "--base", type=Change.parse, action="append", default=[], help="a change of both sides"
    )
    parser.add_argument(
        "--arm", choices=("kit", "writer"), default="kit", help="what --change is measured with"
    )
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    if asked.quick:
        asked.pairs = asked.stock_pairs = 1
        asked.seconds, asked.warm, asked.warm_up = 4.0, 2.0, 10.0
    return asked


if __name__ == "__main__":
    main()
