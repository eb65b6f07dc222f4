"""What a run prints: every block as it ends, then the ratios, and what stands beside them."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence

from bench.paired import ratio
from bench.write_path.block import Block


def told(block: Block) -> str:
    """One block in one line."""
    cores = ", ".join(f"{name} {seconds / block.window:.2f}" for name, seconds in block.cpu.items())
    return f"{block.arm:<12} {block.rate:8,.0f} spans/s  {block.ledger}  cores: {cores}"


def ratios(left: Sequence[Block], right: Sequence[Block]) -> list[str]:
    """The ratio of the rates, and of the CPU time that a span costs in all processes of this run."""
    name = f"{left[0].arm} : {right[0].arm}"
    lines = [f"{name}, spans written per second = {_ratio(left, right, lambda block: block.rate)}"]
    lines.append(f"{name}, CPU time per span         = {_ratio(left, right, _cost)}")
    return lines


def processes(blocks: Sequence[Block]) -> str:
    """CPU-seconds for 1,000 spans by process: medians."""
    names = [name for name in blocks[0].cpu if name != "others"]
    costs = {name: statistics.median(block.cpu_per_thousand[name] for block in blocks) for name in names}
    return f"{blocks[0].arm}: " + ", ".join(f"{name} {cost:.3f}" for name, cost in costs.items())


def rows(block: Block) -> str:
    """Rows and bytes for each span, of a block that was looked at closely."""
    spans = block.rows["traces"]
    tables = ", ".join(f"{table} {count / spans:.2f}" for table, count in block.rows.items())
    return (
        f"{block.arm}: {sum(block.rows.values()) / spans:.2f} rows ({tables}), "
        f"{block.disk / spans:,.0f} bytes on disk a span"
    )


def losses(blocks: Sequence[Block]) -> str:
    """The ledgers of one arm together."""
    acknowledged = sum(block.ledger.acknowledged for block in blocks)
    found = sum(block.ledger.found for block in blocks)
    waiting = sum(block.ledger.waiting for block in blocks)
    lost = sum(block.ledger.lost for block in blocks)
    return (
        f"{blocks[0].arm}: acknowledged {acknowledged:,}, found {found:,}, still queued on disk {waiting:,}, "
        f"lost {lost:,}"
    )


def busiest(blocks: Sequence[Block]) -> float:
    """The largest share of a core that the sender used in any block."""
    return max(block.cpu["sender"] / block.window for block in blocks)


def same_rows(left: Block, right: Block) -> bool:
    """Whether two arms wrote the same of the spans, ids and times aside."""
    return left.contents == right.contents != frozenset()


def _cost(block: Block) -> float:
    return sum(seconds for name, seconds in block.cpu.items() if name != "others") / (
        block.rate * block.window
    )


def _ratio(left: Sequence[Block], right: Sequence[Block], value: Callable[[Block], float]) -> str:
    found = ratio([value(block) for block in left], [value(block) for block in right])
    return str(found) if len(left) > 1 else f"{found.median:.3g} (one pair: no interval)"
