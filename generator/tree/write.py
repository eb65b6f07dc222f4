"""Write rendered files, so that an interruption leaves no file half written."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from generator.tree.changes import Change, FileState
from generator.tree.errors import TreeError
from generator.tree.lock import LOCK_FILE, PENDING_FILE

_STAGED = ".kit-staged"
_READ = 0o444
_ENTER = 0o555


def write(root: Path, found: Sequence[Change], *, force: bool = False) -> list[Change]:
    """Bring a folder to the state of a render and return the changes.

    All new files are first written beside their targets, then renamed; `kit.lock` comes last.

    Raises:
        TreeError: Hand-edited files would be overwritten (without `force`), or a file can't be written.
    """
    if not force:
        refuse_edited(found)
    wanted = [change for change in found if change.state is not FileState.SAME]
    if not wanted:
        return []
    staged: list[tuple[Path, Path]] = []
    try:
        lock = next(change for change in found if change.path == LOCK_FILE)
        _stage(root / LOCK_FILE, lock.after or b"").replace(root / PENDING_FILE)
        for change in wanted:
            if change.after is not None and change.path != LOCK_FILE:
                target = root / change.path
                staged.append((_stage(target, change.after), target))
        for temporary, target in staged:
            temporary.replace(target)
        for change in wanted:
            if change.after is None:
                (root / change.path).unlink(missing_ok=True)
        (root / PENDING_FILE).replace(root / LOCK_FILE)
    except OSError as error:
        raise TreeError(
            f"{error.filename or root}: can't be written: {error.strerror}",
            hint="no file is half written; fix the cause and run `kit generate` again",
        ) from None
    finally:
        for temporary, _ in staged:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
    return wanted


def make_readable(root: Path, paths: Iterable[str]) -> None:
    """Make rendered files readable for every user of this machine, because the containers run as different users.

    Args:
        root: The deployment's folder, whose own mode is not changed.
        paths: Paths relative to it. Missing ones are skipped. Their folders are made accessible, too.

    Raises:
        TreeError: A file belongs to another user.
    """
    named = sorted(paths)
    folders = {str(folder) for path in named for folder in PurePosixPath(path).parents} - {"."}
    for path, wanted in [
        *((folder, _ENTER) for folder in sorted(folders)),
        *((path, _READ) for path in named),
    ]:
        try:
            mode = (root / path).stat().st_mode
            if mode & wanted != wanted:
                (root / path).chmod(mode & 0o7777 | wanted)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise TreeError(
                f"{root / path}: containers can't read it, and its mode can't be changed: {error.strerror}",
                hint=f"run as its owner: chmod a+rX {root / path}",
            ) from None


def refuse_edited(found: Sequence[Change]) -> None:
    """Refuse to overwrite hand edits.

    Raises:
        TreeError: Hand-edited files would be overwritten.
    """
    edited = [change.path for change in found if change.state is FileState.EDITED]
    if edited:
        raise TreeError(
            "edited by hand, or not written by the kit: " + ", ".join(edited),
            hint="`kit generate --diff` shows the edits; move them into kit.yaml, "
            "or overwrite them with `kit generate --force`",
        )


def _stage(target: Path, data: bytes) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(target.name + _STAGED)
    try:
        temporary.write_bytes(data)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    return temporary
