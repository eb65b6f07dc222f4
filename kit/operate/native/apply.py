"""Apply a changed spec to a running native deployment: only the affected processes are restarted."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

from generator.render import workloads_of
from kit.errors import UserError
from kit.operate.kept import moved, refuse_moved
from kit.operate.native.down import stop_in_order
from kit.operate.native.plan import Plan
from kit.operate.native.state import RunState
from kit.operate.native.supervisor import Supervisor, changed_processes
from kit.operate.runtime import Action, PlannedChange


def changed_files(planned: Plan) -> Iterator[str]:
    """Yield the rendered files that are missing in the home or differ from the plan."""
    for path, text in planned.files:
        try:
            before = (planned.home.path / path).read_bytes()
        except OSError:
            before = b""
        if before != text.encode():  # as bytes: reading as text would hide a CRLF
            yield path


def pending(
    planned: Plan, before: RunState | None, programs: Mapping[str, Sequence[str]] | None = None
) -> list[PlannedChange]:
    """Return the changes that a start would make to a running deployment, in start order.

    Args:
        planned: the start.
        before: the running state; None if unknown.
        programs: command of each program, as a list of words; without it programs are not compared.
    """
    why: dict[str, list[str]] = {}
    files = set(changed_files(planned))
    for workload in workloads_of(planned.deployment):
        if read := [mount.file for mount in workload.mounts if mount.file in files]:
            why[workload.name] = read
    commands = None if programs is None else planned.commands(programs)
    for name in changed_processes(planned.home, planned.processes, commands):
        why.setdefault(name, []).append("its command or its environment")
    names = [process.name for process in planned.processes]
    ran = {component.name for component in before.components} if before else set()
    found = [
        PlannedChange(name, Action.REPLACE if name in ran else Action.START, why[name])
        for name in names
        if name in why
    ]
    return [*found, *(PlannedChange(name, Action.REMOVE, ("kit.yaml",)) for name in why if name not in names)]


def refuse_lost_sight(planned: Plan, before: RunState | None) -> None:
    """Refuse a change that would leave data behind in its old place.

    Raises:
        UserError: it would.
    """
    refuse_moved(
        list(moved(before.keeps if before else {}, keeps(planned))),
        "kit down && kit up --target native",
    )


def refuse_new_variables(supervisor: Supervisor, planned: Plan, changes: Sequence[PlannedChange]) -> None:
    """Refuse to restart a process that needs a new variable: it gets the supervisor's environment, which is fixed.

    Raises:
        UserError: a variable is missing in the supervisor's environment, or has another value there.
    """
    import psutil

    concerned = {change.component for change in changes}
    names = {
        name
        for workload in workloads_of(planned.deployment)
        if workload.name in concerned
        for name in [*(secret.env for secret in workload.secrets), *workload.variables.values()]
        if name
    }
    had = psutil.Process(supervisor.pid()).environ() if names else {}
    new = sorted(name for name in names if had.get(name) != os.environ.get(name))
    if new:
        raise UserError(
            f"{', '.join(new)}: changed since the start, and programs get these variables only at a start",
            hint="kit down && kit up --target native",
        )


def keeps(planned: Plan) -> dict[str, str]:
    """Return the place of each kind of data that the deployment keeps."""
    return {
        what: where for workload in workloads_of(planned.deployment) for what, where in workload.keeps.items()
    }


def apply(
    supervisor: Supervisor,
    planned: Plan,
    before: RunState | None,
    programs: Mapping[str, Sequence[str]],
    changes: Sequence[PlannedChange],
) -> None:
    """Stop the processes that change, and write their new files and config; the caller starts them.

    They are stopped before anything is written, so that after an interruption the next `up` continues.

    Raises:
        MachineError: the supervisor refuses the new config.
    """
    concerned = {change.component for change in changes if change.action is not Action.START}
    stop_in_order(supervisor, [it for it in (before.components if before else ()) if it.name in concerned])
    planned.write(programs)
    supervisor.reload()
