"""The rendered files of a deployment's folder, brought to what the spec says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from generator.deployment.model import Deployment
from generator.fileset import FileSet
from generator.render import render_files
from generator.tree.changes import Change, changes
from generator.tree.write import make_readable, refuse_edited, write
from kit.image import earlier
from kit.image.context import context_files


def pending(deployment: Deployment, folder: Path) -> list[Change]:
    """Render a deployment, and compare it with its folder: see `compared`."""
    return compared(deployment, render_files(deployment), folder)


def compared(deployment: Deployment, files: FileSet, folder: Path) -> list[Change]:
    """How each rendered file on disk stands to its render; `kit.lock` comes last.

    Raises:
        TreeError: a file can't be read.
        UserError: `image/` is not the kit's.
        MachineError: the kit is not installed.
    """
    beside = context_files(folder, deployment.images.own)
    return earlier.recognise(folder, changes(folder, files, beside))


def write_pending(folder: Path, found: Sequence[Change], *, force: bool = False) -> None:
    """Write what differs, and let containers read all of it.

    Raises:
        TreeError: hand-edited files are in the way (and `force` is not set), or the disk refuses.
        UserError: copies of an earlier kit can't be moved.
    """
    if not force:
        refuse_edited(found)
    earlier.clear(folder, found)
    write(folder, found, force=force)
    make_readable(folder, (change.path for change in found if change.after is not None))
