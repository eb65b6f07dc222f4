"""The user's cache: one folder for each part and key, made under a temporary name and then renamed.

- `parts/<part>/<version>-<key>/`: a complete part; its manifest.json was written last.
- `parts/<part>/<version>-<key>.partial-…/`: a part that is being made, or a leftover of a killed run.
- `locks/<part>.lock`: held while a part is made.
- `logs/<part>/<step>.log`: logs of the part's latest run.
- `downloads/<part>/`: downloads that the next run reuses after a killed run.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kit.errors import MachineError
from kit.provision import manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kit.provision.part import Part

VARIABLE = "KIT_CACHE_DIR"
LOCK_TIMEOUT = 3600.0
"""Longest wait for another process that makes the same part, in seconds; more than any part needs."""
WAITING_EVERY = 0.2
"""Interval between two calls of `waiting`, in seconds."""

_PARTIAL = ".partial-"


@dataclass(frozen=True)
class Workspace:
    """Folders while a part is made: `folder` is kept, `scratch` is removed."""

    folder: Path
    scratch: Path


@dataclass(frozen=True)
class Store:
    """The cache below `root`."""

    root: Path

    @classmethod
    def open(cls, root: Path | None = None) -> Store:
        """Return the cache at `root`, else at $KIT_CACHE_DIR, else in the user's cache folder."""
        if root is None:
            named = os.environ.get(VARIABLE)
            if named:
                root = Path(named)
            else:
                import platformdirs

                root = platformdirs.user_cache_path("tracing-kit", appauthor=False)
        return cls(root.expanduser().absolute())

    def folder(self, part: Part) -> Path:
        """Return the folder of the complete part, which may not exist yet."""
        return self.root / "parts" / part.name / f"{part.version}-{part.key()}"

    def has(self, part: Part) -> bool:
        """Whether the part is complete and unchanged; sizes and times are compared, not hashes."""
        return manifest.is_intact(self.folder(part), key=part.key())

    def downloads(self, part: Part) -> Path:
        """Return the part's folder for downloads, which outlives a killed run."""
        return self.root / "downloads" / part.name

    def logs(self, part: Part) -> Path:
        """Return the part's folder for the logs of its latest run."""
        return self.root / "logs" / part.name

    def prepare(self) -> None:
        """Create the cache's own folders.

        Raises:
            MachineError: the cache cannot be written.
        """
        try:
            for name in ("parts", "locks", "logs", "downloads"):
                (self.root / name).mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.root / "parts"):
                pass
        except OSError as error:
            raise MachineError(
                f"the cache of native parts, {self.root}, cannot be written: {error.strerror or error}",
                hint=f"make it writable, or set another folder: {VARIABLE}=/some/folder",
            ) from error

    @contextlib.contextmanager
    def lock(self, part: Part, *, waiting: Callable[[], None]) -> Iterator[None]:
        """Lock a part, so that only this process makes it; the lock ends with the process, even if it is killed.

        Args:
            part: the part to make.
            waiting: called repeatedly while another process holds the lock.

        Raises:
            MachineError: the other process has not finished within LOCK_TIMEOUT.
        """
        import filelock

        path = self.root / "locks" / f"{part.name}.lock"
        lock = filelock.FileLock(path)
        deadline = time.monotonic() + LOCK_TIMEOUT
        while True:
            try:
                lock.acquire(timeout=WAITING_EVERY)
                break
            except filelock.Timeout as error:
                if time.monotonic() > deadline:
                    raise MachineError(
                        f"another process has been making {part.title} for {LOCK_TIMEOUT / 60:.0f} minutes",
                        hint=f"find the process that holds {path}, stop it, and run the same command again",
                    ) from error
                waiting()
        try:
            yield
        finally:
            lock.release()

    @contextlib.contextmanager
    def make(self, part: Part) -> Iterator[Workspace]:
        """Create a workspace whose `folder` becomes the part's folder when the block succeeds.

        The caller must hold the part's lock: leftovers of killed runs are removed first. If the block
        raises, nothing is left.

        Yields:
            Two empty folders.
        """
        final = self.folder(part)
        final.parent.mkdir(parents=True, exist_ok=True)
        remove(self.logs(part))
        for left in final.parent.glob(f"*{_PARTIAL}*"):
            remove(left)
        partial = Path(tempfile.mkdtemp(prefix=f"{final.name}{_PARTIAL}", dir=final.parent))
        try:
            place = Workspace(partial / "folder", partial / "scratch")
            place.folder.mkdir()
            place.scratch.mkdir()
            yield place
            manifest.write(place.folder, part=part.name, key=part.key())
            # An existing folder is damaged: `has` refused it.
            if final.exists():
                final.replace(partial / "refused")
            place.folder.replace(final)
            _sync(final.parent)
        finally:
            remove(partial)
        remove(self.downloads(part))

    def free(self) -> int:
        """Return the free space of the cache's disk, in MiB."""
        return shutil.disk_usage(self.root).free >> 20


def remove(folder: Path) -> None:
    """Remove a folder if it exists, even with read-only folders in it, such as Go's module cache."""
    if not folder.exists():
        return
    with contextlib.suppress(PermissionError):
        shutil.rmtree(folder)
        return
    for path, _, _ in os.walk(folder):
        Path(path).chmod(0o755)
    shutil.rmtree(folder)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
