"""What a person is told after a start, and of the state of things."""

from __future__ import annotations

import sys

from kit.operate.native.home import Home
from kit.operate.native.status import Row, Status, status
from kit.operate.native.up import Started
from kit.terminal import Output, answer, bold, data, dim, say

WHAT = {
    "jaeger": "Jaeger",
    "coupon-api": "the sample API",
    "otlp-grpc": "OTLP over gRPC, for your own services",
    "otlp-http": "OTLP over HTTP, for your own services",
}
OTHER = "your service"
NO_UI = (
    "Jaeger here was built from source without its web page: its address serves the query API and a placeholder.\n"
    "For the page, put a built Jaeger UI into a folder and name it in kit.yaml: jaeger: {ui: {assets: FOLDER}}"
)


def report_started(started: Started, home: Home, output: Output) -> None:
    """Tell what runs where after an `up`."""
    if output is Output.JSON:
        now = status(home)
        answer(
            "up", ok=now is not None and all(row.fine for row in now.rows), already=started.already,
            urls=dict(started.state.urls), memory_bytes=now.memory if now else 0,
        )  # fmt: skip
        return
    say("it is up already" if started.already else "up:")
    for line in addresses(started, home):
        data(line)


def addresses(started: Started, home: Home) -> list[str]:
    """The addresses that really serve something, the memory used, and how to stop."""
    lines = [f"{url:<28} {WHAT.get(name, OTHER)}" for name, url in started.state.urls.items()]
    if "assets_path" not in (home.path / "jaeger" / "config.yaml").read_text(encoding="utf-8"):
        lines += ["", NO_UI]
    now = status(home)
    if now is not None:
        lines += ["", f"memory used: {now.memory >> 20} MiB; `kit status` shows whose"]
    return [*lines, "stop with: kit down"]


def report_status(now: Status, output: Output) -> None:
    """Print every component's state."""
    if output is Output.JSON:
        answer(
            "status",
            ok=all(row.fine for row in now.rows),
            name=now.state.name,
            target="native",
            memory_bytes=now.memory,
            urls=dict(now.state.urls),
            components=[
                {
                    "name": row.name, "title": row.title, "state": str(row.condition), "ready": row.ready,
                    "pid": row.pid, "memory_bytes": row.memory, "uptime_s": row.uptime, "ports": row.ports,
                }
                for row in now.rows
            ],
        )  # fmt: skip
        return
    width = max(len(row.name) for row in now.rows)
    data(bold(f"{'component':<{width}}  {'state':<9} {'pid':>7} {'MiB':>6} {'uptime':>8}  ports", sys.stdout))
    for row in now.rows:
        data(_line(row, width))
    total = f"{'in all':<{width}}  {'':<9} {'':>7} {now.memory >> 20:>6}"
    data(dim(f"{total}  with the supervisor's {now.supervisor >> 20}", sys.stdout))


def _line(row: Row, width: int) -> str:
    state = str(row.condition) if row.ready is None else "ready" if row.ready else f"{row.condition}*"
    ports = ", ".join(f"{name} {port}" for name, port in row.ports.items())
    memory = str(row.memory >> 20) if row.memory else "-"
    uptime = _span(row.uptime) if row.pid else "-"
    return f"{row.name:<{width}}  {state:<9} {row.pid or '-':>7} {memory:>6} {uptime:>8}  {ports}"


def _span(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02}m" if hours else f"{minutes}m{rest:02}s" if minutes else f"{rest}s"
