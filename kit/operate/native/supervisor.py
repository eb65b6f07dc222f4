"""The process supervisor (`supervisor` on PyPI): its config, its start, and calls to it."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

from generator.targets.native import Process
from generator.workload import COMMAND
from kit.errors import MachineError
from kit.operate.native import supervisord
from kit.operate.native.home import HOME_VARIABLE, Home
from kit.operate.native.supervisord import NEVER

_START_SECONDS = 10.0
_POLL_SECONDS = 0.05
# Placeholder for an unknown program.
_ANY = "-any-program-"


class Condition(StrEnum):
    """Condition of a process, as the supervisor reports it."""

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    DONE = "done"
    CRASHING = "crashing"
    FAILED = "failed"


_CONDITIONS = {
    "STOPPED": Condition.STOPPED,
    "STARTING": Condition.STARTING,
    "RUNNING": Condition.RUNNING,
    "BACKOFF": Condition.CRASHING,
    "STOPPING": Condition.STOPPED,
    "FATAL": Condition.FAILED,
    "UNKNOWN": Condition.FAILED,
}


@dataclass(frozen=True, slots=True)
class Seen:
    """The supervisor's report about a process.

    Attributes:
        condition: Its condition.
        pid: Its process id; 0 if it does not run.
        uptime: Seconds since its start; 0 if it does not run.
        exit_code: Exit code of its last run; 0 if unknown.
        tried: Time of its last start, in seconds since 1970.
    """

    condition: Condition
    pid: int
    uptime: int
    exit_code: int
    tried: int


def config_text(home: Home, processes: Sequence[Process], programs: Mapping[str, Sequence[str]]) -> str:
    """Return the text of the supervisor's config.

    Args:
        home: the home with the logs and the socket.
        processes: the processes to run.
        programs: for each program the start of its command, before the process's own arguments.
    """
    lines = [
        "[unix_http_server]",
        f"file={_literal(str(home.socket))}",
        "chmod=0700",
        "[supervisord]",
        f"logfile={_literal(str(home.log('supervisor')))}",
        "logfile_maxbytes=5MB",
        "logfile_backups=1",
        f"pidfile={_literal(str(home.path / 'supervisor.pid'))}",
        f"directory={_literal(str(home.folder))}",
        f'environment={HOME_VARIABLE}="{_quoted(str(home.path))}"',
        "[rpcinterface:supervisor]",
        "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface",
    ]
    for process in processes:
        before = [sys.executable, "-m", *process.before, "--"] if process.before else []
        command = shlex.join([*before, *programs[process.program], *process.arguments])
        environment = ",".join(f'{key}="{_quoted(value)}"' for key, value in process.environment.items())
        lines += [
            f"[program:{process.name}]",
            f"command={_literal(command)}",
            f"environment={environment}",
            "autostart=false",
            f"autorestart={'false' if process.once else 'true'}",
            # A JVM that was stopped with SIGTERM exits with 143.
            "exitcodes=0" if process.once else "exitcodes=0,143",
            f"startsecs={0 if process.once else 1}",
            f"startretries={NEVER}",
            f"stopwaitsecs={process.stop_grace}",
            "stopasgroup=true",
            "killasgroup=true",
            "redirect_stderr=true",
            f"stdout_logfile={_literal(str(home.log(process.name)))}",
            "stdout_logfile_maxbytes=10MB",
            "stdout_logfile_backups=2",
        ]
    return "\n".join(lines) + "\n"


def changed_processes(
    home: Home, processes: Sequence[Process], programs: Mapping[str, Sequence[str]] | None = None
) -> Iterator[str]:
    """Yield the names of processes whose command or environment differs from the config in a home.

    Args:
        home: the home with the config.
        processes: the processes that would be started.
        programs: see `config_text`. Without them the program itself is not compared, because its path is unknown
            until the native part is obtained.
    """
    words = programs or {**{process.program: [_ANY] for process in processes}, COMMAND: []}
    wanted = _sections(config_text(home, processes, words))
    running = _sections(home.config.read_text(encoding="utf-8"))
    for name in sorted(set(wanted) | set(running)):
        if not _same(wanted.get(name, []), running.get(name, [])):
            yield name.removeprefix("[program:").removesuffix("]")


def _sections(text: str) -> dict[str, list[str]]:
    sections: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith("["):
            lines = sections.setdefault(line, [])
        else:
            lines.append(line)
    return {name: found for name, found in sections.items() if name.startswith("[program:")}


def _same(wanted: Sequence[str], running: Sequence[str]) -> bool:
    if len(wanted) != len(running):
        return False
    return all(_same_line(line, there) for line, there in zip(wanted, running, strict=True))


def _same_line(wanted: str, running: str) -> bool:
    before, program, behind = wanted.partition(_ANY)
    if not program or not wanted.startswith("command="):
        return wanted == running
    return running.startswith(before) and running.endswith(behind)


def _literal(text: str) -> str:
    return text.replace("%", "%%")


def _quoted(text: str) -> str:
    return _literal(text).replace("\\", "\\\\").replace('"', '\\"')


class Supervisor:
    """The running supervisor of a home."""

    def __init__(self, home: Home) -> None:
        from supervisor.xmlrpc import SupervisorTransport

        self._home = home
        self._transport = SupervisorTransport("", "", f"unix://{home.socket}")
        self._calls: Any = ServerProxy("http://127.0.0.1", transport=self._transport).supervisor

    def _ask(self, method: str, *arguments: object) -> Any:
        try:
            return getattr(self._calls, method)(*arguments)
        finally:
            # One connection per call, so that callers need not close one.
            self._transport.close()

    @classmethod
    def find(cls, home: Home) -> Supervisor | None:
        """Return the supervisor of a home, or None if none answers."""
        if not home.socket.exists():
            return None
        found = cls(home)
        try:
            found._ask("getState")
        except (OSError, Fault):
            return None
        return found

    @classmethod
    def start(cls, home: Home) -> Supervisor:
        """Start a supervisor with the config in its home.

        Raises:
            MachineError: it does not start.
        """
        home.socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            home.socket.unlink()
        # Its own session, so that Ctrl-C only reaches `up`, which stops the processes in order.
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", supervisord.__name__, "-c", str(home.config)],
            cwd=home.path,
            env={**os.environ, HOME_VARIABLE: str(home.path)},
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + _START_SECONDS
        while done.returncode == 0 and time.monotonic() < deadline:
            if found := cls.find(home):
                return found
            time.sleep(0.02)
        raise MachineError(
            f"the process supervisor does not start: {(done.stderr or done.stdout).strip() or 'no answer'}",
            hint=f"its log: {home.log('supervisor')}",
        )

    def pid(self) -> int:
        """The supervisor's own process id."""
        return int(self._ask("getPID"))

    def launch(self, name: str) -> None:
        """Start a process without waiting for it; `seen` shows whether that failed."""
        with contextlib.suppress(Fault, OSError):
            self._ask("startProcess", name, False)

    def seen(self) -> dict[str, Seen]:
        """Return the current report about every process.

        Raises:
            MachineError: the supervisor does not answer.
        """
        try:
            infos = self._ask("getAllProcessInfo")
        except (OSError, Fault) as error:
            raise MachineError(
                f"the process supervisor does not answer: {error}",
                hint="stop the rest and start again: kit down && kit up",
            ) from None
        return {info["name"]: _seen(info) for info in infos}

    def stop(self, names: Sequence[str], grace: float) -> None:
        """Stop processes at the same time and wait at most `grace` seconds; the supervisor kills those that stay."""
        for name in names:
            with contextlib.suppress(Fault, OSError):
                self._ask("stopProcess", name, False)
        deadline = time.monotonic() + grace
        while time.monotonic() < deadline:
            seen = self.seen()
            if not any(seen[name].pid for name in names if name in seen):
                return
            time.sleep(_POLL_SECONDS)

    def reload(self) -> None:
        """Load the new config in the home. Processes that it removes or changes must be stopped before.

        Raises:
            MachineError: the supervisor does not answer, or refuses the config.
        """
        try:
            ((added, changed, removed),) = self._ask("reloadConfig")
            for name in [*removed, *changed]:
                self._ask("stopProcessGroup", name)
                self._ask("removeProcessGroup", name)
            for name in [*changed, *added]:
                self._ask("addProcessGroup", name)
        except (OSError, Fault) as error:
            raise MachineError(
                f"the process supervisor refuses its new config: {error}",
                hint=f"restart: kit down && kit up --target native; its log: {self._home.log('supervisor')}",
            ) from None

    def shutdown(self, grace: float) -> bool:
        """Stop every process and the supervisor; return False if it still runs after `grace` seconds."""
        import psutil

        try:
            pid = self.pid()
            self._ask("shutdown")
        except (OSError, Fault):
            return True
        try:
            psutil.Process(pid).wait(grace)
        except psutil.NoSuchProcess:
            return True
        except psutil.TimeoutExpired:
            return False
        return True


def _seen(info: Mapping[str, Any]) -> Seen:
    state, exit_code = info["statename"], int(info["exitstatus"])
    ended = Condition.DONE if exit_code == 0 else Condition.FAILED
    condition = ended if state == "EXITED" else _CONDITIONS[state]
    uptime = max(0, int(info["now"]) - int(info["start"])) if info["pid"] else 0
    return Seen(condition, int(info["pid"]), uptime, exit_code, int(info["start"]))


def remove_socket(home: Home) -> None:
    """Remove the socket, and its folder if that is not the home."""
    with contextlib.suppress(FileNotFoundError):
        home.socket.unlink()
    if home.socket.parent != home.path:
        shutil.rmtree(home.socket.parent, ignore_errors=True)


def tail(path: Path, lines: int = 20) -> list[str]:
    """Return the last lines of a log."""
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 64 * 1024))
            return file.read().decode("utf-8", "replace").splitlines()[-lines:]
    except FileNotFoundError:
        return []
