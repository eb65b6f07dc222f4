"""What a person or a program is told after a start, and of the state of things."""

from __future__ import annotations

import sys

from kit.operate.runtime import Row, Started, Status
from kit.terminal import Output, answer, bold, data, dim, say

_WHAT = {
    "jaeger": "Jaeger",
    "coupon-api": "the sample API",
    "otlp-grpc": "OTLP over gRPC, for your own services",
    "otlp-http": "OTLP over HTTP, for your own services",
}
_OTHER = "your service"


def report_started(started: Started, output: Output) -> None:
    """Tell what runs where after an `up`."""
    if output is Output.JSON:
        answer(
            "up", ok=started.ok, already=started.already, urls=dict(started.urls),
            memory_bytes=started.memory or 0,
        )  # fmt: skip
        return
    say("it is up already" if started.already else "up:")
    for line in addresses(started):
        data(line)


def addresses(started: Started) -> list[str]:
    """The addresses that really serve something, the memory used, and how to stop."""
    lines = [f"{url:<28} {_WHAT.get(name, _OTHER)}" for name, url in started.urls.items()]
    if started.note:
        lines += ["", started.note]
    if started.memory is not None:
        lines += ["", f"memory used: {started.memory >> 20} MiB; `kit status` shows whose"]
    return [*lines, "stop with: kit down"]


def report_status(status: Status, output: Output) -> None:
    """Print every component's state."""
    if output is Output.JSON:
        answer(
            "status",
            ok=all(row.fine for row in status.rows),
            name=status.name,
            target=status.runtime,
            memory_bytes=status.memory,
            urls=dict(status.urls),
            components=[_plain(row) for row in status.rows],
        )
        return
    width = max(len(row.name) for row in status.rows)
    is_process = status.rows[0].pid is not None
    heads = (
        ("state    ", "    pid", "   MiB", "  uptime") if is_process else ("state     ", "   MiB", "    of")
    )
    data(bold(f"{'component':<{width}}  {' '.join(heads)}  ports", sys.stdout))
    for row in status.rows:
        cells = _cells(row, len(heads[0]))
        ports = ", ".join(f"{name} {port}" for name, port in row.ports.items())
        data(f"{row.name:<{width}}  {' '.join(cells)}  {ports}".rstrip())
    before = " ".join(" " * len(head) for head in heads[: heads.index("   MiB")])
    more = "" if status.supervisor is None else f"  with the supervisor's {status.supervisor >> 20}"
    data(dim(f"{'in all':<{width}}  {before} {status.memory >> 20:>6}{more}", sys.stdout))


def _cells(row: Row, width: int) -> list[str]:
    state = row.state if row.ready is None else "ready" if row.ready else f"{row.state}*"
    cells = [f"{state:<{width}}"]
    if row.pid is not None:
        cells.append(f"{row.pid or '-':>7}")
    cells.append(f"{row.memory >> 20 if row.memory else '-':>6}")
    if row.uptime is not None:
        cells.append(f"{_span(row.uptime) if row.pid else '-':>8}")
    if row.limit is not None:
        cells.append(f"{row.limit >> 20:>6}")
    return cells


def _span(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02}m" if hours else f"{minutes}m{rest:02}s" if minutes else f"{rest}s"


def _plain(row: Row) -> dict[str, object]:
    known = {
        "name": row.name, "title": row.title, "state": row.state, "ready": row.ready, "pid": row.pid,
        "memory_bytes": row.memory, "uptime_s": row.uptime, "limit_bytes": row.limit, "ports": dict(row.ports),
    }  # fmt: skip
    return {key: value for key, value in known.items() if value is not None or key == "ready"}
