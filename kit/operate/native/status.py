"""`kit status` for the native target."""

from __future__ import annotations

from kit.operate.native.home import Home
from kit.operate.native.memory import resident
from kit.operate.native.state import RunState, StartedProcess
from kit.operate.native.supervisor import Condition, Seen, Supervisor
from kit.operate.readiness import ready
from kit.operate.runtime import Row, Status


def status(home: Home) -> Status | None:
    """Return the state of a native deployment; None if nothing runs."""
    supervisor, state = Supervisor.find(home), RunState.load(home)
    if supervisor is None or state is None:
        return None
    seen = supervisor.seen()
    rows = [_row(component, seen[component.name]) for component in state.components if component.name in seen]
    pid = supervisor.pid()
    import psutil

    supervised_by = psutil.Process(pid).memory_info().rss
    return Status(state.name, "native", state.urls, rows, supervised_by)


def _row(component: StartedProcess, seen: Seen) -> Row:
    answers: bool | None = None
    if component.probe:
        answers = seen.pid != 0 and ready(component.probe, component.health_port, component.path)
    elif not component.once:
        answers = seen.condition is Condition.RUNNING
    return Row(
        name=component.name,
        title=component.title,
        state=str(seen.condition),
        ready=answers,
        fine=seen.condition is Condition.DONE if answers is None else answers,
        memory=resident(seen.pid) if seen.pid else 0,
        ports=component.ports,
        pid=seen.pid,
        uptime=seen.uptime,
    )
