"""The workbench that makes one part: named steps, each with its log."""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING

from kit.errors import MachineError
from kit.provision import process
from kit.provision.progress import Event

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kit.provision.part import Part, Program
    from kit.provision.progress import Progress, State
    from kit.provision.store import Store

LAST_LINES = 12
"""Number of lines shown of a failed step's log."""
LINE_WIDTH = 240
"""Number of characters shown of each line."""
CHECK_TIMEOUT = 60.0
"""Timeout for a new program to print its version, in seconds."""

_NO_NETWORK = re.compile(
    r"no such host|dial tcp|name resolution|network is unreachable|connection refused|timed? ?out"
    r"|max retries exceeded|failed to establish a new connection|no matching distribution",
    re.IGNORECASE,
)
_WRONG_HASH = re.compile(r"do not match the hashes|expected sha-256|checksum mismatch", re.IGNORECASE)
_NO_SPACE = re.compile(r"no space left on device|disk quota exceeded", re.IGNORECASE)

NETWORK_HINT = (
    "the first run needs the network (and proxy settings, if there is a proxy) to download native parts. "
    "When it is available, run the same command again: it continues where it stopped"
)


class Workbench:
    """The `Bench` that a part's recipe gets; it makes the part in the store."""

    def __init__(
        self,
        part: Part,
        *,
        number: int,
        total: int,
        store: Store,
        programs: Mapping[str, Program],
        progress: Progress,
    ) -> None:
        self.programs = programs
        self.downloads = store.downloads(part)
        self._part = part
        self._number = number
        self._total = total
        self._store = store
        self._progress = progress
        self._started = time.monotonic()

    def make(self) -> None:
        """Make the part; the caller must hold its lock.

        Raises:
            MachineError: a step failed, or the cache cannot be written.
        """
        try:
            with self._store.make(self._part) as place:
                self.folder, self.scratch = place.folder, place.scratch
                self.downloads.mkdir(parents=True, exist_ok=True)
                self._part.make(self)
        except OSError as error:
            raise MachineError(
                f"{self._part.title} could not be written to the cache: {error}",
                hint=f"free some space, or make the cache writable: {self._store.root}",
            ) from error

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
        """See `kit.provision.part.Bench.run`."""
        log = self._log(step)
        log.parent.mkdir(parents=True, exist_ok=True)
        self.report("step", step)
        try:
            process.run(
                command,
                log=log,
                cwd=cwd if cwd is not None else self.scratch,
                env={**os.environ, "TMPDIR": str(self.scratch), **(env or {})},
                timeout=timeout,
                tick=lambda: self.report("running", step, _counted(log, packages), str(log)),
            )
        except process.ProcessError as error:
            raise self._failure(step, str(error), log) from error
        return log.read_text(encoding="utf-8", errors="replace")

    def expect(self, step: str, command: list[str], text: str) -> None:
        """See `kit.provision.part.Bench.expect`."""
        if text not in self.run(step, command, timeout=CHECK_TIMEOUT):
            raise self._failure(step, f"did not find “{text}”", self._log(step))

    def report(self, state: State, step: str = "", detail: str = "", log: str = "") -> None:
        """Pass an event to the progress; see `Event`."""
        elapsed, part = time.monotonic() - self._started, self._part
        self._progress(
            Event(state, part.title, self._number, self._total, step, elapsed, part.seconds, detail, log)
        )

    def _log(self, step: str) -> Path:
        return self._store.logs(self._part) / f"{re.sub(r'[^a-z0-9]+', '-', step.lower())}.log"

    def _failure(self, step: str, how: str, log: Path) -> MachineError:
        said = log.read_text(encoding="utf-8", errors="replace").rstrip()
        last = said.splitlines()[-LAST_LINES:] or ["(it printed nothing)"]
        message = "\n".join(
            [
                f"{self._part.title}: the step “{step}” {how}",
                *(f"  {line[:LINE_WIDTH]}" for line in last),
                f"log: {log}",
            ]
        )
        return MachineError(message, hint=_hint(said, self._store.root))


def _counted(log: Path, packages: int) -> str:
    """Describe the progress, from a log with one line for each compiled package."""
    if not packages:
        return ""
    done = log.read_bytes().count(b"\n") if log.exists() else 0
    return f"{min(done, packages):,} of {packages:,} packages"


def _hint(said: str, root: Path) -> str:
    if _NO_SPACE.search(said):
        return f"free some space (the cache is {root}) and run the same command again"
    if _WRONG_HASH.search(said):
        return (
            "the download does not match the hash that this version of the kit pins, and was discarded."
            " A proxy or mirror may have changed or truncated it"
        )
    if _NO_NETWORK.search(said):
        return NETWORK_HINT
    return f"read the whole log. If the network failed: {NETWORK_HINT}"
