"""The native runtime: real programs under a process supervisor, described by the state that `up` saved."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from generator.components.collector.queue_watch import queue_folders
from generator.deployment.model import Deployment
from generator.deployment.network import LOOPBACK
from generator.pipeline import Hop, pipeline
from generator.render import workloads_of
from generator.targets.native import Process, processes
from kit.errors import MachineError
from kit.operate.deadletters.client import LettersAt, no_letters
from kit.operate.doctor.check import Check
from kit.operate.log_query import LogQuery
from kit.operate.metrics import Metrics, fetch
from kit.operate.native.home import Home
from kit.operate.native.state import RunState
from kit.operate.queues.connection import RedisAt, no_redis
from kit.operate.runtime import (
    Action,
    AsideFile,
    ComponentHealth,
    DeadLetters,
    Needs,
    PlannedChange,
    Queues,
    Started,
    Status,
    Stopped,
)
from kit.operate.urls import urls

_NO_UI = (
    "This Jaeger was built without its web page: its address serves only the query API and a placeholder.\n"
    "For the page, put a built Jaeger UI into a folder and set it in kit.yaml: jaeger: {ui: {assets: FOLDER}}"
)


class NativeRuntime:
    """See `kit.operate.runtime.Runtime`."""

    name = "native"
    packages = ("filelock", "jgo", "supervisor", "fastapi", "uvicorn")

    def __init__(self, folder: Path, resolve: Callable[[], Deployment]) -> None:
        self._home, self._resolve = Home.of(folder), resolve

    @cached_property
    def deployment(self) -> Deployment:
        """See `Runtime`."""
        return self._resolve()

    @property
    def _state(self) -> RunState:
        """The state of the last start.

        Raises:
            MachineError: nothing runs.
        """
        state = RunState.load(self._home)
        if state is None:
            raise MachineError("nothing runs here", hint="kit up")
        return state

    def runs(self) -> bool:
        """See `Runtime`."""
        if not self._home.path.exists():
            return False
        from kit.operate.native.orphans import abandoned
        from kit.operate.native.supervisor import Supervisor

        return Supervisor.find(self._home) is not None or bool(abandoned(self._home))

    def unsupervised(self) -> str:
        """See `Runtime`."""
        from kit.operate.native.orphans import abandoned, described

        found = abandoned(self._home) if self._home.path.exists() else ()
        return described(found) if found else ""

    def planned(self, *, adopt: bool = False) -> Sequence[PlannedChange]:
        """See `Runtime`."""
        del adopt  # a native deployment is entirely in its folder
        if not self.runs():
            return [PlannedChange(it.name, Action.START, ("it is not running",)) for it in self._processes()]
        from kit.operate.native.apply import pending
        from kit.operate.native.plan import plan

        return pending(plan(self.deployment, self._home), RunState.load(self._home))

    def up(self, tell: Callable[[Started], None], *, adopt: bool = False) -> None:
        """See `Runtime`."""
        del adopt
        from kit.operate.native.up import up

        up(
            self.deployment,
            self._home,
            lambda already, changes: tell(replace(self.started(already=already), changes=changes)),
        )

    def started(self, *, already: bool) -> Started:
        """See `Runtime`."""
        from kit.operate.native.status import status

        now = status(self._home)
        config = (self._home.path / "jaeger" / "config.yaml").read_text(encoding="utf-8")
        return Started(
            already,
            ok=now is not None and all(row.fine for row in now.rows),
            urls=self._state.urls,
            memory=now.memory if now else None,
            note="" if "assets_path" in config else _NO_UI,
        )

    def down(self, *, remove_data: bool) -> Stopped | None:
        """See `Runtime`."""
        if not self._may_run():
            return None
        from kit.operate.native.down import stop
        from kit.operate.native.up import held

        with held(self._home):
            done = stop(self._home, remove_data=remove_data)
        lines = []
        if done.was_running:
            kept = not remove_data and self._home.data.exists()
            lines.append("stopped" + (f". The data stays in {self._home.data}" if kept else ""))
        elif not done.orphans:
            lines.append("nothing was running" + (". The data is removed" if remove_data else ""))
        if done.orphans:
            lines.append(f"stopped {done.orphans} processes that ran without a supervisor")
        if done.killed:
            lines.append(f"{done.killed} of them had to be killed")
        return Stopped(lines, done.was_running or bool(done.orphans))

    def _may_run(self) -> bool:
        if self._home.path.exists():
            return True
        try:
            from kit.operate.native.orphans import orphans

            return any(True for _ in orphans(self._home))
        except ImportError:  # installed without the packages of the native target
            return False

    def status(self) -> Status:
        """See `Runtime`."""
        from kit.operate.native.status import status

        now = status(self._home)
        if now is None:
            raise self._not_running()
        return now

    def _not_running(self) -> MachineError:
        from kit.operate.native.orphans import abandoned, abandonment

        found = abandoned(self._home)
        return abandonment(found) if found else MachineError("nothing runs here", hint="kit up")

    def health(self) -> Sequence[ComponentHealth]:
        """See `Runtime`."""
        from kit.operate.native.orphans import abandoned, health

        left = abandoned(self._home)
        if left:
            return health(self._home, left)
        return [
            ComponentHealth(
                row.name,
                row.title,
                row.fine,
                row.state + (", does not answer" if row.pid and row.ready is False else ""),
                # `up` starts an ended process again; for one that hangs only the log helps.
                f"kit logs {row.name}"
                if row.pid
                else f"kit up starts it again, kit logs {row.name} shows why it ended",
            )
            for row in self.status().rows
        ]

    def logs(self, components: Sequence[str], query: LogQuery) -> int:
        """See `Runtime`."""
        from kit.operate.native.logs import show

        show(self._home, components, query)
        return 0

    @property
    def urls(self) -> Mapping[str, str]:
        """See `Runtime`."""
        state = RunState.load(self._home)
        return urls(self.deployment) if state is None else state.urls

    def address(self, listener: str) -> str:
        """See `Runtime`: with the port at the start."""
        wanted, _, name = listener.partition(".")
        for component in self._state.components:
            if name in component.ports and wanted in (component.name, "storage"):
                return f"{LOOPBACK}:{component.ports[name]}"
        return ""

    def dated(self) -> Mapping[str, str]:
        """See `Runtime`."""
        found = {"jaeger": self.address("jaeger.query_http"), "collector": self.address("collector.health")}
        return {name: f"http://{address}/" for name, address in found.items() if address}

    @property
    def propagation(self) -> str:
        """See `Runtime`."""
        return self._state.propagation

    @property
    def sampled(self) -> bool:
        """See `Runtime`."""
        return self._state.sampled

    @property
    def pipeline(self) -> Sequence[Hop]:
        """See `Runtime`.

        Raises:
            MachineError: an earlier version of the kit started it and did not save the hops.
        """
        members = [(component.hop, component.name) for component in self._state.components]
        if not any(hop for hop, _ in members):
            raise MachineError(
                "this deployment was started by an earlier version of the kit",
                hint="kit down && kit up --target native",
            )
        return pipeline(members)

    def metrics(self) -> Mapping[str, Metrics | None]:
        """See `Runtime`."""
        versioned = {workload.name for workload in workloads_of(self.deployment) if workload.version}
        return {
            it.name: fetch(LOOPBACK, it.metrics_port, it.metrics_path)
            for it in self._state.components
            if it.metrics_port and (it.hop or it.name in versioned)
        }

    def pids(self) -> Mapping[str, int]:
        """See `Runtime`."""
        from kit.operate.native.supervisor import Supervisor

        supervisor = Supervisor.find(self._home)
        if supervisor is None:
            raise self._not_running()
        return {name: seen.pid for name, seen in supervisor.seen().items()}

    @property
    def queues(self) -> Queues:
        """See `Runtime`."""
        where = self.address("redis.redis")
        if not where:
            raise no_redis()
        return RedisAt(f"redis://{where}/0")

    @property
    def deadletters(self) -> DeadLetters:
        """See `Runtime`."""
        where = self.address("dead-letters.dead_letters")
        if not where:
            raise no_letters()
        return LettersAt(f"http://{where}")

    def put_aside(self) -> Sequence[AsideFile]:
        """See `Runtime`."""
        from kit.operate.inside.aside import found_aside

        folders = queue_folders(self.deployment, str(self._home.data / "collector"))
        return [
            AsideFile(str(path), path.stat().st_size, shlex.join(["rm", str(path)]))
            for path in found_aside(folders)
        ]

    def changed(self) -> Sequence[str]:
        """See `Runtime`: rendered files and processes that differ from the current spec."""
        from kit.operate.native.apply import changed_files
        from kit.operate.native.plan import plan
        from kit.operate.native.supervisor import changed_processes

        now = plan(self.deployment, self._home)
        return [*changed_files(now), *changed_processes(self._home, now.processes)]

    def replaced_images(self) -> Collection[str]:
        """See `Runtime`: there are no images."""
        return ()

    def needs(self) -> Needs:
        """See `Runtime`: idle memory of each process, every port, and disk space for missing native parts."""
        from kit.provision import PARTS, installed

        wanted = self._processes()
        names = {process.program for process in wanted} & set(PARTS)
        parts = sum(PARTS[name].disk for name in names - set(installed(names))) << 20
        return Needs(
            memory=sum(process.resident for process in wanted),
            ports={
                (LOOPBACK, port): f"{process.name} ({name})"
                for process in wanted
                for name, port in process.ports.items()
            },
            disk={"native parts": parts} if parts else {},
        )

    def _processes(self) -> Sequence[Process]:
        return processes(self.deployment.network, workloads_of(self.deployment))

    def machine_checks(self) -> Sequence[Check]:
        """See `Runtime`: none, only its packages are checked."""
        return ()


RUNTIME = NativeRuntime
