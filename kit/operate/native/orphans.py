"""Orphans: processes of a deployment whose supervisor was killed, for example by the kernel when memory ran out.

Nothing restarts an orphan or logs its output. `up` stops all of them and starts the deployment again.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kit.errors import MachineError
from kit.operate.native.home import HOME_VARIABLE, Home
from kit.operate.native.state import RunState
from kit.operate.native.supervisor import Supervisor
from kit.operate.readiness import ready
from kit.operate.runtime import ComponentHealth

# The supervisor sets this variable to the name of each process.
_NAME_VARIABLE = "SUPERVISOR_PROCESS_NAME"
NEXT = "restart everything: kit up (the data stays); or only stop them: kit down"


@dataclass(frozen=True, slots=True)
class Orphan:
    """A process without a supervisor.

    Attributes:
        component: Name of its component; empty if unknown.
        process: The process, a `psutil.Process`.
    """

    component: str
    process: Any


def orphans(home: Home) -> Iterator[Orphan]:
    """Yield the processes of a home; to be called only if no supervisor answers there."""
    import psutil

    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            variables = process.environ()
            if process.pid != os.getpid() and variables.get(HOME_VARIABLE) == str(home.path):
                yield Orphan(variables.get(_NAME_VARIABLE, ""), process)


def abandoned(home: Home) -> Sequence[Orphan]:
    """Return processes that `up` started and that run without a supervisor; empty with a supervisor."""
    if RunState.load(home) is None or Supervisor.find(home) is not None:
        return ()
    return list(orphans(home))


def described(found: Sequence[Orphan]) -> str:
    """Describe orphans in a sentence."""
    names = dict.fromkeys(one.component or one.process.name() for one in found)
    return (
        f"the process supervisor is gone, so nothing restarts the processes still running: {', '.join(names)}"
    )


def abandonment(found: Sequence[Orphan]) -> MachineError:
    """Return the same as an error."""
    return MachineError(described(found), hint=NEXT)


def health(home: Home, found: Sequence[Orphan]) -> Sequence[ComponentHealth]:
    """Return the health of each component that should run, from its remaining processes."""
    state, left = RunState.load(home), {one.component for one in found}
    rows = []
    for it in state.components if state else ():
        if it.once:
            continue
        runs = it.name in left
        answers = runs and (not it.probe or ready(it.probe, it.health_port, it.path))
        said = "runs without a supervisor" if runs else "stopped, and nothing restarts it"
        rows.append(
            ComponentHealth(
                it.name,
                it.title,
                answers,
                said + ("" if answers or not runs else ", does not answer"),
                "kit up",
            )
        )
    return rows
