"""What still runs of a deployment whose supervisor is gone: killed, or shot by the kernel for want of memory.

Nothing restarts such a process when it stops, and no log takes what it prints. `up` stops them and starts all anew.
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

# The supervisor gives each process its name in this variable.
_NAME_VARIABLE = "SUPERVISOR_PROCESS_NAME"
NEXT = "`kit up` stops them and starts everything again, the data stays; `kit down` only stops them"


@dataclass(frozen=True, slots=True)
class Orphan:
    """A process that no supervisor knows.

    Attributes:
        component: Its component's name; empty when it is not known.
        process: The process, a `psutil.Process`.
    """

    component: str
    process: Any


def orphans(home: Home) -> Iterator[Orphan]:
    """Processes of a home; call it when no supervisor answers there."""
    import psutil

    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            variables = process.environ()
            if process.pid != os.getpid() and variables.get(HOME_VARIABLE) == str(home.path):
                yield Orphan(variables.get(_NAME_VARIABLE, ""), process)


def abandoned(home: Home) -> Sequence[Orphan]:
    """What was started by `up` and still runs without a supervisor; empty when it has one, or nothing runs."""
    if RunState.load(home) is None or Supervisor.find(home) is not None:
        return ()
    return list(orphans(home))


def described(found: Sequence[Orphan]) -> str:
    """The finding in a sentence."""
    names = dict.fromkeys(one.component or one.process.name() for one in found)
    return f"the process supervisor is gone, and nothing restarts what still runs: {', '.join(names)}"


def abandonment(found: Sequence[Orphan]) -> MachineError:
    """The same as an error."""
    return MachineError(described(found), hint=NEXT)


def health(home: Home, found: Sequence[Orphan]) -> Sequence[ComponentHealth]:
    """Each component that should run, by what is left of it."""
    state, left = RunState.load(home), {one.component for one in found}
    rows = []
    for it in state.components if state else ():
        if it.once:
            continue
        runs = it.name in left
        answers = runs and (not it.probe or ready(it.probe, it.health_port, it.path))
        said = "runs without a supervisor" if runs else "stopped, and nothing starts it again"
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
