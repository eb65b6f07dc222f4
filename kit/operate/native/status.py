"""`kit status`: each component as it is now."""

from __future__ import annotations

from dataclasses import dataclass

from kit.operate.native.home import Home
from kit.operate.native.memory import resident
from kit.operate.native.state import Component, State
from kit.operate.native.supervisor import Condition, Seen, Supervisor
from kit.operate.readiness import ready


@dataclass(frozen=True, slots=True)
class Row:
    """One component.

    Attributes:
        condition: as the supervisor sees its process.
        ready: it answers; None for what runs once.
        memory: resident, in bytes.
        uptime: in seconds.
    """

    name: str
    title: str
    condition: Condition
    ready: bool | None
    pid: int
    memory: int
    uptime: int
    ports: dict[str, int]

    @property
    def fine(self) -> bool:
        """Whether it is as it should be."""
        return self.condition is Condition.DONE if self.ready is None else self.ready


@dataclass(frozen=True, slots=True)
class Status:
    """A whole deployment; `supervisor` is the supervisor's memory in bytes."""

    state: State
    rows: list[Row]
    supervisor: int

    @property
    def memory(self) -> int:
        """Resident memory of everything, in bytes."""
        return self.supervisor + sum(row.memory for row in self.rows)


def status(home: Home) -> Status | None:
    """Look at a native run; None when nothing runs."""
    supervisor, state = Supervisor.find(home), State.load(home)
    if supervisor is None or state is None:
        return None
    seen = supervisor.seen()
    rows = [_row(component, seen[component.name]) for component in state.components if component.name in seen]
    pid = supervisor.pid()
    import psutil

    return Status(state, rows, psutil.Process(pid).memory_info().rss)


def _row(component: Component, seen: Seen) -> Row:
    answers: bool | None = None
    if component.probe:
        answers = seen.pid != 0 and ready(component.probe, component.health_port, component.path)
    elif not component.once:
        answers = seen.condition is Condition.RUNNING
    return Row(
        name=component.name,
        title=component.title,
        condition=seen.condition,
        ready=answers,
        pid=seen.pid,
        memory=resident(seen.pid) if seen.pid else 0,
        uptime=seen.uptime,
        ports=dict(component.ports),
    )
