"""Clean up `image/` after earlier kits, which copied their sources there and listed them outside the lock."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from generator.tree.changes import Change, FileState
from kit.errors import UserError
from kit.image import FOLDER
from kit.image.wheel import FILES, running_kit
from kit.terminal import say

ASIDE = "image.before"
_LIST = f"{FOLDER}/FILES"
_HEAD = "# copied from the installed kit by `kit generate`: nothing here is to be edited\n"


def copies(root: Path) -> set[str]:
    """Return the copied files, relative to the deployment's folder; empty if there are none."""
    try:
        listed = (root / _LIST).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return set()
    names = listed.splitlines()[1:] if listed.startswith(_HEAD) else []
    # Ignore paths outside `image/` in the list.
    return {f"{FOLDER}/{name}" for name in names if not name.startswith("/") and ".." not in Path(name).parts}


def recognise(root: Path, found: Sequence[Change]) -> list[Change]:
    """Mark copies as the kit's own files, not as edited ones, and their list as stale."""
    known = copies(root)
    if not known:
        return list(found)
    listed = Change(_LIST, FileState.STALE, (root / _LIST).read_bytes(), None)
    own = [
        replace(change, state=FileState.CHANGED)
        if change.state is FileState.EDITED and change.path in known
        else change
        for change in found
    ]
    return [*own[:-1], listed, own[-1]]


def clear(root: Path, found: Sequence[Change]) -> None:
    """Remove the copies from `image/` before the new files are written; their list stays until then.

    A file that is the same in this kit is removed. Any other may have been edited, so it is moved aside.

    Args:
        root: Folder of the deployment.
        found: Pending changes. A copy that is already correct stays.

    Raises:
        UserError: A file can't be moved.
    """
    known = copies(root).difference(change.path for change in found if change.state is FileState.SAME)
    if not known:
        return
    own = {f"{FOLDER}/{name.removeprefix(FILES)}": path for name, path in running_kit().members.items()}
    moved = 0
    for name in sorted(known):
        path, aside = root / name, root / ASIDE / Path(name).relative_to(FOLDER)
        try:
            if name in own and path.read_bytes() == own[name].read_bytes():
                path.unlink()
            elif path.exists():
                if aside.exists():
                    raise FileExistsError(0, "already exists", str(aside))
                aside.parent.mkdir(parents=True, exist_ok=True)
                path.rename(aside)
                moved += 1
        except FileNotFoundError:
            pass
        except OSError as error:
            raise UserError(f"{error.filename}: {error.strerror}", hint="move it out of the way") from None
        for parent in list(Path(name).parents)[:-2]:
            with contextlib.suppress(OSError):
                (root / parent).rmdir()
    say(f"{FOLDER}/: removed {len(known) - moved} copies of an earlier kit's sources")
    if moved:
        say(
            f"{moved} more were moved to {ASIDE}/, because they differ from this kit's: "
            "remove that folder unless you edited one of them"
        )
