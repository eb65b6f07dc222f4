"""Native parts, and the programs that they contain."""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LOCKS = Path(__file__).parent / "locks"


@dataclass(frozen=True)
class Program:
    """A real program that is ready to start.

    Attributes:
        name: Name of its part: `jaeger`, `otelcol`, `cassandra`, `redis`, `java`, `go`.
        version: The program's own version.
        executable: Absolute path of the executable.
        arguments: Arguments before all others (class path, JVM access flags); often empty.
        folder: The part's folder in the cache; None if the program is the machine's own.
    """

    name: str
    version: str
    executable: Path
    arguments: tuple[str, ...] = ()
    folder: Path | None = None

    def command(self, *arguments: str | Path) -> list[str]:
        """Return the argument list that starts this program with `arguments`."""
        return [str(self.executable), *self.arguments, *map(str, arguments)]


class Bench(Protocol):
    """The workbench that a part's recipe uses."""

    folder: Path
    """The part's future folder, empty at first; a recipe puts only the files to keep into it."""
    scratch: Path
    """Temporary folder, removed when the part is complete or failed."""
    downloads: Path
    """Folder for downloads: kept after a failed or killed run for the next one, removed when the part is complete."""
    programs: Mapping[str, Program]
    """The programs of the parts that this part is built with or runs on."""

    def run(
        self,
        step: str,
        command: list[str],
        *,
        timeout: float,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        packages: int = 0,
    ) -> str:
        """Run a program as a named step.

        Args:
            step: name of the step in the progress and in errors, such as "compile".
            command: the argument list.
            timeout: seconds until it is killed and the step fails.
            cwd: working directory; the scratch folder by default.
            env: variables, added to this process's environment.
            packages: largest number of packages that it compiles, if it prints a line for each; else 0.

        Returns:
            Its output on stdout and stderr.

        Raises:
            MachineError: it could not be started, failed, or took too long.
        """

    def expect(self, step: str, command: list[str], text: str) -> None:
        """Run a program that must succeed within a minute and print `text`.

        Raises:
            MachineError: it failed, or did not print `text`.
        """


def _nothing_on_machine() -> Program | None:
    return None


@dataclass(frozen=True)
class Part:
    """A native part: how to obtain one program.

    Attributes:
        name: Unique name, also of its folder in the cache.
        version: Version of the program.
        title: Name in messages, such as "Jaeger 2.13.0".
        locks: Folders below `locks/` whose files pin all downloads.
        recipe: Everything else that decides the result, such as build arguments; part of the cache key.
        seconds: Usual time to make it on two cores with nothing cached, in seconds.
        disk: Peak disk space to make it, its folder included, in MiB.
        make: Function that fills `bench.folder`.
        program: Function that returns the program of a complete folder, from the folder and the programs it runs on.
        runs_on: Parts that it needs to run.
        built_with: Parts that it needs only while it is made.
        on_machine: Function that returns a program of the machine to use instead; called before the cache is read.
        by_default: Whether every native deployment runs it; otherwise only if the spec enables it.
    """

    name: str
    version: str
    title: str
    locks: tuple[str, ...]
    recipe: tuple[str, ...]
    seconds: int
    disk: int
    make: Callable[[Bench], None]
    program: Callable[[Path, Mapping[str, Program]], Program]
    runs_on: tuple[str, ...] = ()
    built_with: tuple[str, ...] = ()
    on_machine: Callable[[], Program | None] = field(default=_nothing_on_machine)
    by_default: bool = True

    def key(self) -> str:
        """Return 12 hex digits that change with the lock files, the recipe and the platform."""
        pinned = {
            str(file.relative_to(LOCKS)): hashlib.sha256(file.read_bytes()).hexdigest()
            for lock in self.locks
            for file in sorted((LOCKS / lock).iterdir())
        }
        told = [self.name, self.version, sys.platform, platform.machine(), self.recipe, pinned]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:12]
