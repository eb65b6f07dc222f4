"""Write a page to a file completely or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from kit.errors import UserError

_HINT = "choose another file: -o FILE"


def checked(file: Path) -> Path:
    """Return the path to write to, checked before the work begins.

    Raises:
        UserError: It is a folder or not a regular file, or its folder is missing or not writable.
    """
    try:
        target = file.resolve()  # replace the target of a link, not the link
        is_folder, is_plain, is_there = target.is_dir(), target.is_file(), target.exists()
        has_folder = target.parent.is_dir()
    except (OSError, RuntimeError) as error:  # no permission, or a loop of links
        raise UserError(f"{file} cannot be written: {error}", hint=_HINT) from None
    if is_folder:
        raise UserError(f"{file} is a folder", hint=f"name a file in it: -o {file / 'report.html'}")
    if is_there and not is_plain:
        raise UserError(f"{file} is not a regular file and would be replaced", hint=_HINT)
    if not has_folder:
        raise UserError(
            f"{file}: the folder {target.parent} does not exist", hint=f"mkdir -p {target.parent}"
        )
    if not os.access(target.parent, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        raise UserError(f"{file}: no permission to write in {target.parent}", hint=_HINT)
    return target


def write(target: Path, text: str) -> None:
    """Replace a file atomically: readers see either the old page or the new one.

    Half of a surrogate pair, as in a span's name, has no UTF-8 form and becomes a question mark.

    Raises:
        UserError: The file cannot be written. No temporary file is left.
    """
    beside: Path | None = None
    try:
        with NamedTemporaryFile("wb", dir=target.parent, prefix=f".{target.name}.", delete=False) as stream:
            beside = Path(stream.name)
            stream.write(text.encode("utf-8", errors="replace"))
        # Only its owner can read a temporary file. Give the page the usual permissions of the user's files.
        mask = os.umask(0)
        os.umask(mask)
        beside.chmod(0o666 & ~mask)
        beside.replace(target)
    except OSError as error:
        if beside is not None:
            beside.unlink(missing_ok=True)
        raise UserError(f"{target} cannot be written: {error.strerror}", hint=_HINT) from None
