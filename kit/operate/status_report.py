"""Output of `kit up` and `kit status`, as text or JSON."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from generator.deployment.model import Deployment
from kit.operate.runtime import Action, PlannedChange, Row, Started, Status
from kit.operate.target_name import TargetName
from kit.operate.urls import titles
from kit.printing import show
from kit.terminal import Output, bold, dim, say

_URLS = "addresses for people, by name"


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A component that a start changes."""

    component: Annotated[str, "its key in the deployment"]
    action: Annotated[Action, "action of the start on it"]
    why: Annotated[list[Annotated[str, "reason"]], "the reasons, each a file or a phrase"]


@dataclass(frozen=True, slots=True)
class UpAnswer:
    """The deployment after a start, and the changes that the start made."""

    KIND: ClassVar = "up"

    ok: Annotated[bool, "whether every component is in its expected state"]
    already: Annotated[bool, "whether it was up before and nothing was changed"]
    urls: Annotated[Mapping[str, Annotated[str, "URL"]], _URLS]
    memory_bytes: Annotated[int, "memory in use by all components, bytes; 0 with --dry-run"]
    dry_run: Annotated[bool, "whether `changes` was only planned: true with --dry-run"]
    changes: Annotated[list[ChangeRow], "components that are started, restarted or removed"]


@dataclass(frozen=True, slots=True)
class ComponentRow:
    """A component."""

    name: Annotated[str, "its key in the deployment"]
    title: Annotated[str, "its program, with the version"]
    state: Annotated[str, "its state, in the supervisor's or Docker's words"]
    ready: Annotated[bool | None, "whether it answers (null for a step that runs once)"]
    memory_bytes: Annotated[int, "memory in use, bytes: resident, or the container's"]
    ports: Annotated[Mapping[str, Annotated[int, "port"]], "ports, by their key in `ports` of the spec"]
    limit_bytes: Annotated[int | None, "memory limit, bytes (containers only)"] = None
    pid: Annotated[int | None, "process id, 0 if it does not run (native only)"] = None
    uptime_s: Annotated[int | None, "seconds since its process started (native only)"] = None


@dataclass(frozen=True, slots=True)
class StatusAnswer:
    """The current state of each component."""

    KIND: ClassVar = "status"

    ok: Annotated[bool, "whether every component is in its expected state"]
    name: Annotated[str, "name of the deployment"]
    target: Annotated[TargetName, "target that it runs on"]
    memory_bytes: Annotated[int, "memory in use by all of it, bytes"]
    urls: Annotated[Mapping[str, Annotated[str, "URL"]], _URLS]
    components: Annotated[list[ComponentRow], "its components"]


def report_started(started: Started, deployment: Deployment, output: Output) -> None:
    """Print the deployment after a start."""
    answer = UpAnswer(
        started.ok, started.already, started.urls, started.memory or 0, False, _rows(started.changes)
    )
    if output is Output.TEXT:
        say("already up:" if started.already else "up:")
    show(answer, output, addresses(started, deployment))


def report_planned(changes: Sequence[PlannedChange], urls: Mapping[str, str], output: Output) -> None:
    """Print the changes that a start would make."""
    show(UpAnswer(True, not changes, urls, 0, True, _rows(changes)), output, change_lines(changes))


def change_lines(changes: Sequence[PlannedChange]) -> list[str]:
    """Return a line for each component that a start changes."""
    if not changes:
        return ["nothing has changed since the last start"]
    width = max(len(change.component) for change in changes)
    return [f"{change.action:<8} {change.component:<{width}}  {', '.join(change.why)}" for change in changes]


def _rows(changes: Sequence[PlannedChange]) -> list[ChangeRow]:
    return [ChangeRow(change.component, change.action, list(change.why)) for change in changes]


def addresses(started: Started, deployment: Deployment) -> list[str]:
    """Return lines with the addresses that serve something, the memory used, and the command to stop."""
    known = titles(deployment)
    lines = [f"{url:<28} {known.get(name, name)}" for name, url in started.urls.items()]
    if started.note:
        lines += ["", started.note]
    if started.memory is not None:
        lines += ["", f"memory used: {started.memory >> 20} MiB (by component: kit status)"]
    return [*lines, "stop with: kit down"]


def report_status(status: Status, output: Output) -> None:
    """Print every component's state."""
    answer = StatusAnswer(
        ok=all(row.fine for row in status.rows),
        name=status.name,
        target=status.runtime,
        memory_bytes=status.memory,
        urls=status.urls,
        components=[_component(row) for row in status.rows],
    )
    show(answer, output, _status_lines(status))


def _status_lines(status: Status) -> Iterator[str]:
    width = max(len(row.name) for row in status.rows)
    is_process = status.rows[0].pid is not None
    heads = (
        ("state    ", "    pid", "   MiB", "  uptime") if is_process else ("state     ", "   MiB", "    of")
    )
    yield bold(f"{'component':<{width}}  {' '.join(heads)}  ports", sys.stdout)
    for row in status.rows:
        cells = _cells(row, len(heads[0]))
        ports = ", ".join(f"{name} {port}" for name, port in row.ports.items())
        yield f"{row.name:<{width}}  {' '.join(cells)}  {ports}".rstrip()
    before = " ".join(" " * len(head) for head in heads[: heads.index("   MiB")])
    more = "" if status.supervisor is None else f"  including {status.supervisor >> 20} of the supervisor"
    yield dim(f"{'total':<{width}}  {before} {status.memory >> 20:>6}{more}", sys.stdout)


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


def _component(row: Row) -> ComponentRow:
    return ComponentRow(
        name=row.name,
        title=row.title,
        state=row.state,
        ready=row.ready,
        memory_bytes=row.memory,
        ports=row.ports,
        limit_bytes=row.limit,
        pid=row.pid,
        uptime_s=row.uptime,
    )
