"""The docker command and its Compose plugin, run in a deployment's folder."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kit.errors import MachineError

# From Compose 2.20 on `--wait` accepts steps that end, and all rendered keys are known. Debian 11 has Docker 20.10.
OLDEST_DOCKER = (20, 10)
OLDEST_COMPOSE = (2, 20)
_ASK_SECONDS = 60.0
_WITHOUT = "or run without Docker: kit up --target native"


@dataclass(frozen=True, slots=True)
class Versions:
    """Versions of Docker and of its Compose plugin."""

    docker: str
    compose: str


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine that containers run on.

    Attributes:
        memory: Its memory, in bytes; 0 if unknown.
        is_this_one: Whether it has the kernel of this machine; Docker Desktop runs a virtual machine instead.
    """

    memory: int
    is_this_one: bool


@dataclass(frozen=True, slots=True)
class Docker:
    """The docker command, run in a deployment's folder.

    Attributes:
        folder: The deployment's folder, absolute. Compose also reads the user's override and `.env` there.
    """

    folder: Path

    @property
    def installed(self) -> bool:
        """Whether there is a docker command."""
        return shutil.which("docker") is not None

    def ask(
        self, arguments: Sequence[str], *, timeout: float = _ASK_SECONDS, text: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run a short command and return its result.

        Args:
            arguments: the arguments of docker.
            timeout: timeout in seconds.
            text: its standard input.

        Raises:
            MachineError: there is no docker command, or it times out.
        """
        try:
            return subprocess.run(
                ["docker", *arguments],  # noqa: S607  # the user's own, wherever it is
                cwd=self.folder,
                env=self._environment(),
                input=text,
                capture_output=True,
                text=True,
                check=False,
                timeout=timeout,
            )
        except FileNotFoundError:
            raise MachineError(
                "there is no docker command", hint=f"install Docker with its Compose plugin, {_WITHOUT}"
            ) from None
        except subprocess.TimeoutExpired:
            raise MachineError(
                f"`docker {' '.join(arguments[:2])}` does not answer within {timeout:g} s",
                hint="check Docker itself: docker info",
            ) from None

    def answer(self, arguments: Sequence[str], *, timeout: float = _ASK_SECONDS) -> str:
        """Run a command and return its output.

        Raises:
            MachineError: it fails; the message is Docker's own.
        """
        done = self.ask(arguments, timeout=timeout)
        if done.returncode:
            raise MachineError(
                f"`docker {' '.join(arguments[:3])} …`: {last_line(done.stderr)}",
                hint="check Docker itself: docker info",
            )
        return done.stdout

    def show(self, arguments: Sequence[str], *, to_stderr: bool = False) -> int:
        """Run a command with its output shown to the user; return its exit code."""
        return subprocess.run(
            ["docker", *arguments],  # noqa: S607
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=2 if to_stderr else None,
            check=False,
        ).returncode

    def lines(self, arguments: Sequence[str]) -> Iterator[str]:
        """Yield the lines that a command prints, as they arrive.

        Raises:
            MachineError: it ends with an error.
        """
        with subprocess.Popen(
            ["docker", *arguments],  # noqa: S607
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            errors="replace",
        ) as process:
            assert process.stdout is not None  # noqa: S101  # it is a pipe
            try:
                for line in process.stdout:
                    yield line.rstrip("\n")
            finally:
                process.terminate()
        if process.returncode > 0:
            raise MachineError(
                f"docker {' '.join(arguments[:4])} ended with {process.returncode}",
                hint="its output is above",
            )

    def versions(self) -> Versions:
        """Return the installed versions.

        Raises:
            MachineError: Docker or Compose is missing, does not answer, or is too old.
        """
        engine = self.ask(["version", "--format", "{{.Server.Version}}"])
        if engine.returncode:
            raise MachineError(
                f"Docker does not answer: {last_line(engine.stderr)}", hint=_engine_hint(engine.stderr)
            )
        plugin = self.ask(["compose", "version", "--short"])
        if plugin.returncode:
            raise MachineError(
                "Docker is installed, but not its Compose plugin",
                hint=f"install docker-compose-plugin, {_WITHOUT}",
            )
        found = Versions(engine.stdout.strip(), plugin.stdout.strip().removeprefix("v"))
        _refuse_older("Docker", found.docker, OLDEST_DOCKER)
        _refuse_older("Docker Compose", found.compose, OLDEST_COMPOSE)
        return found

    def machine(self) -> Machine:
        """Return the machine that containers run on."""
        told = self.ask(["info", "--format", "{{.MemTotal}} {{.KernelVersion}}"]).stdout.split()
        memory = int(told[0]) if told and told[0].isdigit() else 0
        return Machine(memory, is_this_one=told[1:] == [platform.release()])

    def _environment(self) -> dict[str, str]:
        # Compose reads its folder from PWD, which would otherwise be the caller's.
        return {**os.environ, "PWD": str(self.folder)}


def last_line(text: str) -> str:
    """Return the last line of a program's output that is not blank."""
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "no output"


def is_older(version: str, oldest: tuple[int, int]) -> bool:
    """Whether a version is too old; a development build without a version number is not."""
    found = re.match(r"v?(\d+)\.(\d+)", version)
    return found is not None and (int(found[1]), int(found[2])) < oldest


def _refuse_older(what: str, version: str, oldest: tuple[int, int]) -> None:
    if is_older(version, oldest):
        raise MachineError(
            f"{what} {version} is too old: {oldest[0]}.{oldest[1]} or newer is needed",
            hint=f"update it, {_WITHOUT}",
        )


def _engine_hint(said: str) -> str:
    if "permission denied" in said:
        return f"your user has no access to it: join the group `docker` and log in again, {_WITHOUT}"
    return f"start it (systemctl start docker, or Docker Desktop), {_WITHOUT}"
