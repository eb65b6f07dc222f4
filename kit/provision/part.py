"""What a native part is, and what a program is that came of one."""

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
    """A real program that is ready to be started.

    Attributes:
        name: the part it came from: `jaeger`, `otelcol`, `cassandra`, `redis`, `java`, `go`.
        version: the program's own version.
        executable: absolute path of what is started.
        arguments: what must precede every other argument (class path, JVM access flags); often empty.
        folder: the part's folder in the cache; None when the program is the machine's own.
    """

    name: str
    version: str
    executable: Path
    arguments: tuple[str, ...] = ()
    folder: Path | None = None

    def command(self, *arguments: str | Path) -> list[str]:
        """The whole argument list that starts this program with `arguments`."""
        return [str(self.executable), *self.arguments, *map(str, arguments)]


class Bench(Protocol):
    """Where a part is made: what a recipe may use."""

    folder: Path
    """The part's future folder, empty at first; a recipe leaves there what is to be kept, and only that."""
    scratch: Path
    """Thrown away when the part is complete, or fails."""
    downloads: Path
    """Survives a failed or killed run, so that the next one resumes; thrown away once the part is complete."""
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
            step: what a person reads while it runs, and when it fails: "compile".
            command: the argument list.
            timeout: seconds after which it is killed and the step has failed.
            cwd: working directory; the scratch folder by default.
            env: variables on top of the process's own.
            packages: how many packages it compiles at most, if it prints a line for each; 0 if it does not.

        Returns:
            What it wrote to stdout and stderr.

        Raises:
            MachineError: it could not be started, failed, or took too long.
        """

    def expect(self, step: str, command: list[str], text: str) -> None:
        """Run a program that must succeed within a minute and say `text`.

        Raises:
            MachineError: it failed, or did not say it.
        """


def _nothing_on_machine() -> Program | None:
    return None


@dataclass(frozen=True)
class Part:
    """How one native program is had.

    Attributes:
        name: unique; also its folder's name in the cache.
        version: the program's version.
        title: what a person reads: "Jaeger 2.13.0".
        locks: folders below `locks/` whose files pin everything that is downloaded.
        recipe: what else decides the result, such as build arguments; part of the cache key.
        seconds: how long making it usually takes on two cores with nothing cached.
        disk: MiB that making it needs free at its peak, and its folder afterwards.
        make: fills `bench.folder`.
        program: the program of a complete folder; takes the folder and the programs it runs on.
        runs_on: parts that it needs whenever it runs.
        built_with: parts that it needs only while it is made.
        on_machine: a program of the machine's own that takes this part's place; asked before the cache.
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

    def key(self) -> str:
        """12 hex digits that change whenever the lock files, the recipe or the platform do."""
        pinned = {
            str(file.relative_to(LOCKS)): hashlib.sha256(file.read_bytes()).hexdigest()
            for lock in self.locks
            for file in sorted((LOCKS / lock).iterdir())
        }
        told = [self.name, self.version, sys.platform, platform.machine(), self.recipe, pinned]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:12]
