"""Report the blocks of a run: a line after each block, then ratios, ledgers and costs."""

from __future__ import annotations

from collections.abc import Sequence

from bench.paired import Ratio, ratio
from bench.result import Ledger, Measured, figure
from bench.write_path.block import Block


def told(block: Block) -> str:
    """Format a block as one line."""
    cores = ", ".join(f"{name} {seconds / block.window:.2f}" for name, seconds in block.cpu.items())
    return f"{block.arm:<12} {block.rate:8,.0f} spans/s  {_ledger([block])}  cores: {cores}"


def ratios(left: Sequence[Block], right: Sequence[Block]) -> dict[str, Ratio]:
    """Return the ratio of the rates, and of the CPU time per span of all processes of this run."""
    name = f"{left[0].arm} : {right[0].arm}"
    rates, costs = (
        [[value(block) for block in blocks] for blocks in (left, right)] for value in (_rate, _cost)
    )
    return {f"{name}, spans written per second": ratio(*rates), f"{name}, CPU time per span": ratio(*costs)}


def add(measured: Measured, blocks: Sequence[Block]) -> None:
    """Add an arm's ledger, rate and CPU time, and the counts of its first block."""
    arm, first = blocks[0].arm, blocks[0]
    measured.ledgers[arm] = _ledger(blocks)
    measured.figures[f"spans/s, {arm}"] = figure([block.rate for block in blocks])
    for name in first.cpu:
        if name != "others":
            costs = [block.cpu_per_thousand[name] for block in blocks]
            measured.figures[f"CPU-seconds for 1,000 spans, {arm}, {name}"] = figure(costs)
    if first.rows:
        spans = first.rows["traces"]
        for table, count in {**first.rows, "all": sum(first.rows.values())}.items():
            measured.figures[f"rows a span, {arm}, {table}"] = figure([count / spans])
        measured.figures[f"bytes on disk a span, {arm}"] = figure([first.disk / spans])


def same_rows(left: Block, right: Block) -> bool:
    """Whether two arms wrote the same spans, except for ids and times."""
    return left.contents == right.contents != frozenset()


def _ledger(blocks: Sequence[Block]) -> Ledger:
    ledgers = [block.ledger for block in blocks]
    return Ledger(*(
        sum(getattr(ledger, part) for ledger in ledgers) for part in ("acknowledged", "found", "waiting", "lost")
    ))  # fmt: skip


def _rate(block: Block) -> float:
    return block.rate


def _cost(block: Block) -> float:
    seconds = sum(seconds for name, seconds in block.cpu.items() if name != "others")
    return seconds / max(block.rate * block.window, 1)
