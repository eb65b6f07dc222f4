"""Start the processes of a plan, each as soon as its dependencies are ready."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from generator.targets.native import Process
from kit.errors import MachineError
from kit.operate.native.home import Home
from kit.operate.native.room import if_full
from kit.operate.native.supervisor import Condition, Seen, Supervisor, tail
from kit.operate.readiness import ready

_POLL_SECONDS = 0.1
# The supervisor retries forever; a start fails when a component has stopped this many times.
_TRIES = 4
# A one-time step has its own timeout; this one is for a step that hangs.
_ONCE_SECONDS = 300

# If nothing became ready for this long, the pending processes are printed.
_QUIET_SECONDS = 5.0

Told = Callable[[Process, float], None]
Waits = Callable[[Sequence[tuple[Process, float]]], None]


def start_all(
    supervisor: Supervisor,
    home: Home,
    processes: Sequence[Process],
    after: dict[str, tuple[str, ...]],
    told: Told,
    waits: Waits,
) -> None:
    """Start all processes and wait until they are ready.

    Args:
        supervisor: the supervisor that runs them.
        home: the home with their logs.
        processes: the processes to start.
        after: names of the processes that each one waits for.
        told: called with each process that became ready, and the seconds it took.
        waits: called every few seconds while nothing becomes ready, with the pending processes and their seconds.

    Raises:
        MachineError: a process stopped, or was not ready in time; the message has the last lines of its log.
    """
    started: dict[str, float] = {}
    done: set[str] = set()
    crashes: dict[str, set[int]] = {process.name: set() for process in processes}
    said = time.monotonic()
    while len(done) < len(processes):
        for process in processes:
            if process.name not in started and done.issuperset(after[process.name]):
                supervisor.launch(process.name)
                started[process.name] = time.monotonic()
        seen = supervisor.seen()
        for process in processes:
            if process.name in started and process.name not in done:
                taken = time.monotonic() - started[process.name]
                now = seen[process.name]
                if now.condition is Condition.CRASHING:
                    crashes[process.name].add(now.tried)
                if _is_done(process, now):
                    done.add(process.name)
                    told(process, taken)
                    said = time.monotonic()
                else:
                    _check(process, now, len(crashes[process.name]), taken, home)
        if time.monotonic() - said >= _QUIET_SECONDS:
            said = time.monotonic()
            waits([(it, said - started[it.name]) for it in processes if it.name in started.keys() - done])
        if len(done) < len(processes):
            time.sleep(_POLL_SECONDS)


def _is_done(process: Process, seen: Seen) -> bool:
    if process.once:
        return seen.condition is Condition.DONE
    if process.health is None:
        return seen.condition is Condition.RUNNING
    # Another program may answer on the port, so the process itself must run too.
    return seen.pid != 0 and ready(process.health.probe, process.health_port, process.health.path)


def _check(process: Process, seen: Seen, crashes: int, taken: float, home: Home) -> None:
    limit = process.health.within if process.health else _ONCE_SECONDS
    if seen.condition is Condition.FAILED or crashes >= _TRIES:
        # The supervisor resets the exit code at each restart.
        reason = f"stopped with exit code {seen.exit_code}" if seen.exit_code else "does not stay up"
    elif taken > limit:
        reason = f"not ready within {limit} s"
    else:
        return
    log = home.log(process.name)
    lines = "\n".join(f"    {line}" for line in tail(log)) or "    (it printed nothing)"
    raise MachineError(
        f"{process.title} ({process.name}): {reason}. The last lines of its log:\n{lines}",
        hint=f"the whole log: {log}{if_full(home)}",
    )
