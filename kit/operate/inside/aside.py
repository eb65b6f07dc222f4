"""Rename a damaged queue file, which would crash the collector at each start."""

from __future__ import annotations

import contextlib
import fcntl
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from kit.operate.inside.queue_file import why_unsound

# Follows the file's name and precedes the time in UTC.
MARK = ".damaged-"
# Suffix of files that the collector itself renames (`recreate: true`), and prefix of its files during a compaction.
_ITS_OWN = ".backup"
_TEMPORARY = "tempdb"
# The collector creates a file and then fills it, so an empty file is damaged only if it stays empty.
_MADE_SECONDS = 2.0


# Identity of an unchanged file: inode, size in bytes, time of its last change in nanoseconds.
Known = dict[Path, tuple[int, int, int]]


def put_aside(folders: Sequence[str], sound: Known | None = None) -> None:
    """Check the queue files that no collector has open, and rename the damaged ones.

    A warning for each goes to stderr, which is the component's log.

    Args:
        folders: Folders of the files.
        sound: Files known to be sound. They are not read again, and new sound files are added.
    """
    for folder in folders:
        for path in _files(Path(folder)):
            # A collector that has just started or crashed may rename or remove the file meanwhile.
            with contextlib.suppress(FileNotFoundError):
                _look(path, {} if sound is None else sound)


def found_aside(folders: Sequence[str]) -> Iterator[Path]:
    """Yield the files that this program or the collector put aside, the oldest first."""
    for folder in folders:
        with contextlib.suppress(OSError):
            for path in sorted(Path(folder).iterdir()):
                if MARK in path.name or path.name.endswith(_ITS_OWN):
                    yield path


def _files(folder: Path) -> list[Path]:
    try:
        found = sorted(folder.iterdir())
    except OSError:  # the collector creates the folder later
        return []
    aside = set(found_aside([str(folder)]))
    return [path for path in found if path not in aside and not path.name.startswith(_TEMPORARY)]


def _look(path: Path, sound: Known) -> None:
    if not path.is_file():
        _rename(path, "it is not a file")
        return
    with path.open("rb") as file:
        try:
            # bbolt holds this lock while it has the file open; it also counts between containers.
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        now = path.stat()
        identity = (now.st_ino, now.st_size, now.st_mtime_ns)
        just_made = not now.st_size and now.st_mtime > time.time() - _MADE_SECONDS
        if sound.get(path) == identity or just_made:
            return
        try:
            why = why_unsound(path)
        except OSError as error:
            why = f"it can't be read: {error.strerror}"
        if why:
            _rename(path, why)
        if not why or not now.st_size:
            sound[path] = identity


def _rename(path: Path, why: str) -> None:
    size = path.stat().st_size
    other = path.with_name(f"{path.name}{MARK}{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}")
    if size:
        path.rename(other)
    else:
        # A collector that opens the empty file right now starts its queue in it, so this file must keep its name.
        other.touch()
    sys.stderr.write(
        f"warning: the queue's file {path} is damaged ({why}) and would crash the collector at each start.\n"
        f"  It is put aside as {other.name} ({size} bytes); spans that waited in it may be lost.\n"
    )
    sys.stderr.flush()
