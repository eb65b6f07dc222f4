"""`kit down` for the native target: stop everything and keep only the data."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kit.errors import MachineError
from kit.operate.native.home import Home
from kit.operate.native.orphans import Orphan, orphans
from kit.operate.native.state import RunState, StartedProcess
from kit.operate.native.supervisor import Supervisor, remove_socket

_SUPERVISOR_SECONDS = 15
_ORPHAN_SECONDS = 35
_ORPHAN_GRACE = 10


@dataclass(frozen=True, slots=True)
class Stopped:
    """Result of `down`.

    Attributes:
        was_running: Whether there was anything to stop.
        orphans: Number of processes that ran without a supervisor and were stopped.
        killed: Number of them that had to be killed.
    """

    was_running: bool
    orphans: int
    killed: int


def stop(home: Home, *, remove_data: bool = False) -> Stopped:
    """Stop every process of a home, and remove the files that only a running deployment needs.

    Raises:
        MachineError: a process can't be stopped, or a file can't be removed.
    """
    import psutil

    state = RunState.load(home)
    grace = max((component.stop_grace for component in state.components), default=10) if state else 35
    supervisor = Supervisor.find(home)
    if supervisor is not None:
        stop_in_order(supervisor, state.components if state else ())
        supervisor.shutdown(grace + _SUPERVISOR_SECONDS)
    left = list(orphans(home))
    alive = [process for wave in _waves(left, state) for process in _stopped(wave)]
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.kill()
    _, immortal = psutil.wait_procs(alive, timeout=_ORPHAN_GRACE if alive else 0)
    if immortal:
        names = ", ".join(f"pid {process.pid}" for process in immortal)
        raise MachineError(
            f"can't be stopped: {names}", hint="check whether they belong to another user: ps -fp PID"
        )
    remove_socket(home)
    try:
        for path in (home.state, home.config, home.path / "supervisor.pid"):
            path.unlink(missing_ok=True)
        if remove_data and home.path.exists():
            shutil.rmtree(home.path)
            with contextlib.suppress(OSError):
                home.path.parent.rmdir()
    except OSError as error:
        raise MachineError(
            f"{error.filename}: can't be removed: {error.strerror}", hint="check its owner and permissions"
        ) from None
    return Stopped(supervisor is not None or state is not None, len(left), len(alive))


def stop_in_order(supervisor: Supervisor, components: Sequence[StartedProcess]) -> None:
    """Stop senders before receivers, so that a service's last spans still reach the collector."""
    for rank in sorted({component.rank for component in components}, reverse=True):
        wave = [component for component in components if component.rank == rank]
        with contextlib.suppress(MachineError):
            supervisor.stop([c.name for c in wave], max(c.stop_grace for c in wave) + _SUPERVISOR_SECONDS)


def _waves(left: Sequence[Orphan], state: RunState | None) -> Iterator[Sequence[Any]]:
    """Yield processes without a supervisor in the same order; unknown ones come last."""
    ranks = {component.name: component.rank for component in state.components} if state else {}
    by_rank: dict[int, list[Any]] = {}
    for one in left:
        by_rank.setdefault(ranks.get(one.component, -1), []).append(one.process)
    for rank in sorted(by_rank, reverse=True):
        yield by_rank[rank]


def _stopped(wave: Sequence[Any]) -> Sequence[Any]:
    """Ask processes to stop; return those that are still running after the timeout."""
    import psutil

    for process in wave:
        with contextlib.suppress(psutil.Error):
            process.terminate()
    alive: Sequence[Any] = psutil.wait_procs(wave, timeout=_ORPHAN_SECONDS)[1]
    return alive
