"""What a person is told after a start of containers, and of their state."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

from kit.operate.compose.status import Row
from kit.operate.compose.up import Started
from kit.operate.native.report import OTHER, WHAT
from kit.terminal import Output, answer, bold, data, dim, say


def report_started(started: Started, urls: Mapping[str, str], output: Output) -> None:
    """Tell what runs where after an `up`."""
    memory = sum(started.project.memory().values())
    if output is Output.JSON:
        answer("up", ok=True, already=started.already, urls=dict(urls), memory_bytes=memory)
        return
    say("it is up already" if started.already else "up:")
    for name, url in urls.items():
        data(f"{url:<28} {WHAT.get(name, OTHER)}")
    data("")
    data(f"memory used: {memory >> 20} MiB; `kit status` shows whose")
    data("stop with: kit down")


def report_status(name: str, rows: Sequence[Row], urls: Mapping[str, str], output: Output) -> None:
    """Print every component's state."""
    total = sum(row.memory for row in rows)
    if output is Output.JSON:
        answer(
            "status",
            ok=all(row.fine for row in rows),
            name=name,
            target="compose",
            memory_bytes=total,
            urls=dict(urls),
            components=[
                {
                    "name": row.name, "title": row.title, "state": row.state, "ready": row.ready,
                    "memory_bytes": row.memory, "limit_bytes": row.limit, "ports": dict(row.ports),
                }
                for row in rows
            ],
        )  # fmt: skip
        return
    width = max(len(row.name) for row in rows)
    data(bold(f"{'component':<{width}}  {'state':<10} {'MiB':>6} {'of':>6}  ports", sys.stdout))
    for row in rows:
        data(_line(row, width))
    data(dim(f"{'in all':<{width}}  {'':<10} {total >> 20:>6}", sys.stdout))


def _line(row: Row, width: int) -> str:
    state = row.state if row.ready is None else "ready" if row.ready else f"{row.state}*"
    memory = str(row.memory >> 20) if row.memory else "-"
    ports = ", ".join(f"{name} {port}" for name, port in row.ports.items())
    return f"{row.name:<{width}}  {state:<10} {memory:>6} {row.limit >> 20:>6}  {ports}".rstrip()
