"""`kit up --target native`: start a native deployment, or apply changes to a running one."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from generator.components.collector.plan import CollectorPlan
from generator.components.jaeger.plan import JaegerPlan
from generator.components.services.tracing_plan import TracingPlan
from generator.deployment.model import Deployment
from generator.deployment.network import LOOPBACK
from generator.render import workloads_of
from generator.targets.native import Process
from kit.errors import MachineError, UserError
from kit.operate.native import down
from kit.operate.native.apply import apply, keeps, pending, refuse_lost_sight, refuse_new_variables
from kit.operate.native.home import Home
from kit.operate.native.memory import budget
from kit.operate.native.orphans import described, orphans
from kit.operate.native.plan import Plan, plan
from kit.operate.native.room import refuse_full_disk
from kit.operate.native.start import start_all
from kit.operate.native.state import RunState, describe
from kit.operate.native.supervisor import Supervisor
from kit.operate.own_services import refuse_left_out
from kit.operate.ports import is_free, owner
from kit.operate.runtime import PlannedChange
from kit.operate.secrets import refuse_missing_secrets
from kit.operate.status_report import change_lines
from kit.operate.taken_ports import Taken, keys_of_ports, refusal
from kit.operate.urls import urls
from kit.terminal import say

Tell = Callable[[bool, Sequence[PlannedChange]], None]


def up(deployment: Deployment, home: Home, tell: Tell) -> None:
    """Start a deployment, or apply changes to a running one, and wait until every component is ready.

    Args:
        deployment: the deployment to start.
        home: the home that it runs in.
        tell: reports the result. Arguments: whether it was already running unchanged, and the changes made.
            It is part of the start: if it is interrupted, everything that was started is stopped.

    Raises:
        MachineError: a port is taken, a native part is not available, or a component does not start.
        UserError: a change would leave data behind.
    """
    with held(home):
        _up(plan(deployment, home), tell)


def _up(planned: Plan, tell: Tell) -> None:
    from kit.provision import TextProgress, provision

    home = planned.home
    supervisor = Supervisor.find(home)
    refuse_left_out(planned.deployment, "--target native", "`run: [program, argument]`")
    if supervisor is None:
        _stop_orphans(home)
        _refuse_what_would_fail(planned, frozenset())
    for line in budget(planned.processes):
        say(line)
    programs = provision(planned.parts, progress=TextProgress())
    words = {name: program.command() for name, program in programs.items()}
    fingerprint = planned.fingerprint(words)
    changes: Sequence[PlannedChange] = ()
    before = RunState.load(home) if supervisor is not None else None
    already = before is not None and before.fingerprint == fingerprint
    if supervisor is None:
        planned.write(words)
    elif not already:
        refuse_lost_sight(planned, before)
        changes = pending(planned, before, words)
        refuse_new_variables(supervisor, planned, changes)
        own = before.components if before else ()
        _refuse_what_would_fail(planned, {port for it in own for port in it.ports.values()})
        for line in change_lines(changes):
            say(line)
        apply(supervisor, planned, before, words, changes)
    state = RunState(
        name=planned.deployment.name,
        propagation=planned.deployment[TracingPlan].propagation,
        sampled=planned.deployment[CollectorPlan].sampling is not None,
        fingerprint=fingerprint,
        urls=urls(planned.deployment),
        components=[describe(process) for process in planned.processes],
        keeps=keeps(planned),
    )
    ran = supervisor is not None
    try:
        state.save(home)
        if supervisor is None:
            supervisor = Supervisor.start(home)
        _start(supervisor, planned)
        tell(already, changes)
    except BrokenPipeError:
        raise  # from `tell`: its reader has closed the pipe (`kit up | head`), the deployment keeps running
    except BaseException:
        # Half a deployment is of no use, so Ctrl-C and a failed component both stop everything.
        if not ran:
            say("stopping what was started …")
            down.stop(home)
        raise


def _start(supervisor: Supervisor, planned: Plan) -> None:
    after = {workload.name: workload.after for workload in workloads_of(planned.deployment)}

    def told(process: Process, seconds: float) -> None:
        say(f"  {'done ' if process.once else 'ready'} {process.title:<40} {seconds:5.1f} s")

    def waits(open_: Sequence[tuple[Process, float]]) -> None:
        for process, seconds in open_:
            say(f"  waits {process.title:<40} {seconds:5.1f} s  log: {planned.home.log(process.name)}")

    start_all(supervisor, planned.home, planned.processes, after, told, waits)


def _stop_orphans(home: Home) -> None:
    """Stop orphans: nothing restarts them, and most of them fail at their next output, because their pipe is closed."""
    left = list(orphans(home))
    if left:
        say(f"{described(left)}; stopping them first …")
        down.stop(home)


def _refuse_missing_ui(deployment: Deployment) -> None:
    assets = deployment[JaegerPlan].ui_assets
    if assets is None:
        return
    page = Path(deployment.layout.folder) / assets / "index.html"
    if not page.is_file():
        raise UserError(
            f"jaeger.ui.assets: there is no {page}",
            hint="set the folder of a built Jaeger UI, which contains its index.html, or remove the key",
        )


def _refuse_what_would_fail(planned: Plan, own: Collection[int]) -> None:
    """Refuse a start that would fail half way; `own` are the ports that this deployment already holds."""
    from kit.operate.schema.connection import credentials_of

    refuse_missing_secrets(planned.deployment, workloads_of(planned.deployment), planned.home.folder)
    _refuse_taken_ports(planned, own)
    _refuse_missing_ui(planned.deployment)
    refuse_full_disk(planned.home)
    # Only a check: with wrong credentials Jaeger would start, and then be refused by the database.
    credentials_of(planned.deployment)


def _refuse_taken_ports(planned: Plan, own: Collection[int]) -> None:
    network = planned.deployment.network
    keys = keys_of_ports(network, workloads_of(planned.deployment))
    ports = {port: process.name for process in planned.processes for port in process.ports.values()}
    taken = [
        Taken(port, ports[port], keys.get(port, ""))
        for port in ports
        if port not in own and not is_free(port)
    ]
    if taken:
        raise refusal(
            taken,
            ports,
            host=LOOPBACK,
            port_base=network.port_base,
            holder=lambda port: owner(port) or "another user's process",
        )


@contextlib.contextmanager
def held(home: Home) -> Iterator[None]:
    """Lock a home, so that no second `up` or `down` interferes.

    Raises:
        MachineError: another `up` or `down` holds the lock.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(home.lock, timeout=0)
    try:
        home.path.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise MachineError(
            "another `kit up` or `kit down` is running for this deployment", hint="wait until it has finished"
        ) from None
    except OSError as error:
        raise MachineError(
            f"{home.lock}: {error.strerror}", hint="run it in a folder that you may write to"
        ) from None
    try:
        yield
    finally:
        lock.release()
        sys.stderr.flush()
