"""Changes that a render would make on disk."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from generator.fileset import FileSet
from generator.tree.errors import TreeError
from generator.tree.lock import LOCK_FILE, PENDING_FILE, Lock, digest, lock_text, read_lock

_NOTHING: Mapping[str, bytes] = MappingProxyType({})


class FileState(StrEnum):
    """State of a file on disk compared with its render."""

    SAME = "same"
    NEW = "new"
    CHANGED = "changed"
    EDITED = "edited"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Change:
    """The change of one file.

    Attributes:
        path: Path relative to the deployment's folder.
        state: `edited`: the content is not from the kit. `stale`: the file is no longer rendered.
        before: Bytes on disk; None if the file does not exist.
        after: Bytes to write; None if the file is deleted.
    """

    path: str
    state: FileState
    before: bytes | None
    after: bytes | None

    def diff(self) -> Iterator[str]:
        """Yield the lines of a unified diff; for a binary file, only one line that it differs."""
        old = "/dev/null" if self.before is None else f"a/{self.path}"
        new = "/dev/null" if self.after is None else f"b/{self.path}"
        if b"\0" in (self.before or b"") + (self.after or b""):
            yield f"Binary files {old} and {new} differ\n"
            return
        before = (self.before or b"").decode("utf-8", "replace").splitlines(keepends=True)
        after = (self.after or b"").decode("utf-8", "replace").splitlines(keepends=True)
        for line in difflib.unified_diff(before, after, old, new):
            yield line if line.endswith("\n") else line + "\n\\ No newline at end of file\n"


def changes(root: Path, files: FileSet, beside: Mapping[str, bytes] = _NOTHING) -> list[Change]:
    """Compare a render with a folder; `kit.lock` comes last.

    Args:
        root: The deployment's folder.
        files: The render.
        beside: Content of further files to write with the render, by path.

    Raises:
        TreeError: A file can't be read, or a folder has its name.
    """
    lock = read_lock(root)
    wanted = dict(sorted({**{path: text.encode() for path, text in files}, **beside}.items()))
    found = [_change(root, path, after, lock) for path, after in wanted.items()]
    for path in sorted(lock.paths.difference(wanted)):
        before = _read(root / path)
        if before is not None:
            edited = not lock.wrote(path, digest(before))
            found.append(Change(path, FileState.EDITED if edited else FileState.STALE, before, None))
    before, after = _read(root / LOCK_FILE), lock_text(wanted).encode()
    state = FileState.NEW if before is None else FileState.SAME if before == after else FileState.CHANGED
    if state is FileState.SAME and (root / PENDING_FILE).exists():
        state = FileState.CHANGED
    return [*found, Change(LOCK_FILE, state, before, after)]


def _change(root: Path, path: str, after: bytes, lock: Lock) -> Change:
    before = _read(root / path)
    if before is None:
        state = FileState.NEW
    elif before == after:
        state = FileState.SAME
    else:
        state = FileState.CHANGED if lock.wrote(path, digest(before)) else FileState.EDITED
    return Change(path, state, before, after)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        raise TreeError(
            f"{path}: {path.parent} is a file, not a folder",
            hint="rename or move that file: the kit writes a folder there",
        ) from None
    except IsADirectoryError:
        raise TreeError(
            f"{path}: this is a folder, not a file", hint="rename or move it: the kit writes a file here"
        ) from None
    except OSError as error:
        raise TreeError(f"{path}: can't be read: {error.strerror}", hint="check its permissions") from None
