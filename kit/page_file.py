"""Writes a page to a file of the user's choice: whole, or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from kit.errors import UserError

_HINT = "name another: -o FILE"


def checked(file: Path) -> Path:
    """Where to write; looked at before the work begins.

    Raises:
        UserError: it is a folder or no plain file, its folder is missing, or one may not write there.
    """
    try:
        target = file.resolve()  # what a link points to is replaced, not the link
        is_folder, is_plain, is_there = target.is_dir(), target.is_file(), target.exists()
        has_folder = target.parent.is_dir()
    except (OSError, RuntimeError) as error:  # no way in; a circle of links
        raise UserError(f"{file} cannot be written: {error}", hint=_HINT) from None
    if is_folder:
        raise UserError(f"{file} is a folder", hint=f"name a file in it: -o {file / 'report.html'}")
    if is_there and not is_plain:
        raise UserError(f"{file} is no plain file, and would be replaced", hint=_HINT)
    if not has_folder:
        raise UserError(f"{file}: there is no folder {target.parent}", hint=f"mkdir -p {target.parent}")
    if not os.access(target.parent, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        raise UserError(f"{file}: no permission to write in {target.parent}", hint=_HINT)
    return target


def write(target: Path, text: str) -> None:
    """Replace a file at once: a reader sees the old page or the new one.

    What UTF-8 cannot say, half of a surrogate pair in a span's name, becomes a question mark.

    Raises:
        UserError: the file cannot be written; nothing is left behind.
    """
    beside: Path | None = None
    try:
        with NamedTemporaryFile("wb", dir=target.parent, prefix=f".{target.name}.", delete=False) as stream:
            beside = Path(stream.name)
            stream.write(text.encode("utf-8", errors="replace"))
        # A temporary file is its owner's alone; a page is as open as other files of the user.
        mask = os.umask(0)
        os.umask(mask)
        beside.chmod(0o666 & ~mask)
        beside.replace(target)
    except OSError as error:
        if beside is not None:
            beside.unlink(missing_ok=True)
        raise UserError(f"{target} cannot be written: {error.strerror}", hint=_HINT) from None
