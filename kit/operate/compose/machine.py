"""Machine checks of `kit doctor` for containers: Docker, its Compose plugin, and ScyllaDB's AIO slots."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from generator.workload import Workload
from kit.errors import MachineError
from kit.operate.compose.checks import AIO_PER_SHARD, shards_of
from kit.operate.compose.deployment_checks import deployment_checks
from kit.operate.compose.docker import OLDEST_COMPOSE, OLDEST_DOCKER, Docker, is_older, last_line
from kit.operate.doctor.check import Check
from kit.operate.doctor.doctor_rules import AIO, COMPOSE, DOCKER
from kit.operate.doctor.line import Line, Looked
from kit.operate.doctor.subject import Subject

_AIO = Path("/proc/sys/fs")
_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class _Installed:
    """A program whose version is checked.

    Attributes:
        looked: Makes the lines of the check.
        question: Arguments of docker that print the version.
        oldest: Oldest version that works.
        silent: Finding and fix if it prints no version; its last output follows the finding.
        update: Fix for an older version.
    """

    looked: Looked
    question: Sequence[str]
    oldest: tuple[int, int]
    silent: tuple[str, str]
    update: str

    def look(self, docker: Docker) -> Callable[[Subject], Iterator[Line]]:
        """Return the check's function."""
        return lambda subject: iter([self._line(docker, subject)])

    def _line(self, docker: Docker, subject: Subject) -> Line:
        if not docker.installed:
            return subject.bad(self.looked, "not installed")
        version, words = _answer(docker, self.question)
        if not version:
            return subject.bad(self.looked, f"{self.silent[0]}: {words}", self.silent[1])
        if is_older(version, self.oldest):
            return subject.bad(self.looked, version, self.update)
        return self.looked.well(version)


_ENGINE = _Installed(
    Looked("Docker", DOCKER, "version 20.10 or newer"),
    ("version", "--format", "{{.Server.Version}}"),
    OLDEST_DOCKER,
    ("its daemon does not answer", "start Docker"),
    "update Docker",
)
_PLUGIN = _Installed(
    Looked("Docker Compose", COMPOSE, "version 2.20 or newer"),
    ("compose", "version", "--short"),
    OLDEST_COMPOSE,
    ("not installed", ""),
    "update the Compose plugin",
)


def checks(folder: Path, workloads: Callable[[], Sequence[Workload]]) -> list[Check]:
    """Return the checks for a deployment in a folder."""
    docker = Docker(folder.resolve())
    return [
        Check("Docker", DOCKER, _ENGINE.look(docker)),
        Check("Docker Compose", COMPOSE, _PLUGIN.look(docker)),
        Check("aio-max-nr", AIO, lambda subject: _aio(subject, workloads())),
        *deployment_checks(folder.resolve(), workloads),
    ]


def _aio(subject: Subject, workloads: Sequence[Workload]) -> Iterator[Line]:
    """Check the host's slots for asynchronous I/O, if the deployment has ScyllaDB."""
    shards = shards_of(workloads)
    if not shards or subject.live is not None:
        return
    most, used = (int((_AIO / name).read_text()) for name in ("aio-max-nr", "aio-nr"))
    needed = AIO_PER_SHARD * shards
    looked = Looked("aio-max-nr", AIO, f"{needed:,} free slots for {shards} ScyllaDB shards")
    found = f"{most - used:,} of {most:,} are free"
    yield looked.well(found) if most - used >= needed else subject.bad(looked, found)


def _answer(docker: Docker, question: Sequence[str]) -> tuple[str, str]:
    """Return docker's output, empty if it fails, and the last line of its stderr."""
    try:
        done = docker.ask(question, timeout=_SECONDS)
    except MachineError as error:
        return "", error.message
    return "" if done.returncode else done.stdout.strip(), last_line(done.stderr)
