"""Put a queue's file that would end the collector at each start aside, under a name that says so."""

from __future__ import annotations

import contextlib
import fcntl
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from kit.operate.inside.queue_file import why_unsound

# Behind a file's name, before the moment in UTC.
MARK = ".damaged-"
# What the collector itself puts aside (`recreate: true`), and what it makes while it compacts a file.
_ITS_OWN = ".backup"
_TEMPORARY = "tempdb"
# The collector makes a file, and then fills it: an empty one is only then strange when it stays so.
_MADE_SECONDS = 2.0


# A file that is this one and was not written since: inode, bytes, nanoseconds of its last change.
Known = dict[Path, tuple[int, int, int]]


def put_aside(folders: Sequence[str], sound: Known | None = None) -> None:
    """Look at each queue's file in some folders that no collector has open, and rename those that are not sound.

    What happened is told on stderr, which is the component's log.

    Args:
        folders: where the files are.
        sound: files that were found sound; it is added to, and what it holds is not looked at again.
    """
    for folder in folders:
        for path in _files(Path(folder)):
            # A collector that dies at once, or that has just started, may have it renamed or removed.
            with contextlib.suppress(FileNotFoundError):
                _look(path, {} if sound is None else sound)


def found_aside(folders: Sequence[str]) -> Iterator[Path]:
    """Files that lie aside in some folders, put there by this or by the collector, oldest first."""
    for folder in folders:
        with contextlib.suppress(OSError):
            for path in sorted(Path(folder).iterdir()):
                if MARK in path.name or path.name.endswith(_ITS_OWN):
                    yield path


def _files(folder: Path) -> list[Path]:
    try:
        found = sorted(folder.iterdir())
    except OSError:  # the collector makes it
        return []
    aside = set(found_aside([str(folder)]))
    return [path for path in found if path not in aside and not path.name.startswith(_TEMPORARY)]


def _look(path: Path, sound: Known) -> None:
    if not path.is_file():
        _rename(path, "it is no file")
        return
    with path.open("rb") as file:
        try:
            # bbolt holds this lock for as long as it has the file open, also from another container.
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
        # A collector that opens it in this moment begins its queue in it: under the other name it would lose that one.
        other.touch()
    sys.stderr.write(
        f"warning: the queue's file {path} is damaged ({why}) and would stop the collector at each start.\n"
        f"  It is put aside as {other.name} ({size} bytes); spans that waited in it may be lost.\n"
    )
    sys.stderr.flush()
