"""A changed spec, applied to a native deployment that runs: only what the change concerns is restarted."""

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
    """The rendered files that are not in the home as they are now planned."""
    for path, text in planned.files:
        try:
            before = (planned.home.path / path).read_bytes()
        except OSError:
            before = b""
        if before != text.encode():  # as bytes: a text read from a file has no CRLF
            yield path


def pending(
    planned: Plan, before: RunState | None, programs: Mapping[str, Sequence[str]] | None = None
) -> list[PlannedChange]:
    """What a start would change of a deployment that runs, in the order of the start.

    Args:
        planned: the start.
        before: what runs; None when that is not known.
        programs: the words of each program's command; without them programs are not compared.
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
    """Stop before data stays in a place where nobody looks any more.

    Raises:
        UserError: it would.
    """
    refuse_moved(
        list(moved(before.keeps if before else {}, keeps(planned))),
        "kit down && kit up --target native",
    )


def refuse_new_variables(supervisor: Supervisor, planned: Plan, changes: Sequence[PlannedChange]) -> None:
    """Stop before something is restarted without a variable that is handed on to it: the supervisor keeps its own.

    Raises:
        UserError: a variable is not there in the supervisor, or has another value.
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
            f"{', '.join(new)}: handed on to the programs once, when the deployment starts, and not the same now",
            hint="kit down && kit up --target native",
        )


def keeps(planned: Plan) -> dict[str, str]:
    """Where what is kept, by what it is."""
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
    """Stop what changes, and lay out what it is started with next; starting it is the caller's.

    What is changed is stopped before anything is written: should this be interrupted, the next `up` goes on.

    Raises:
        MachineError: the supervisor does not take it.
    """
    concerned = {change.component for change in changes if change.action is not Action.START}
    stop_in_order(supervisor, [it for it in (before.components if before else ()) if it.name in concerned])
    planned.write(programs)
    supervisor.reload()
