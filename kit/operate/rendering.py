"""Bring the rendered files in a deployment's folder up to date with the spec."""

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
    """Compare each rendered file on disk with its render; `kit.lock` comes last.

    Raises:
        TreeError: a file can't be read.
        UserError: `image/` was not made by the kit.
        MachineError: the kit is not installed.
    """
    beside = context_files(folder, deployment.images.own)
    return earlier.recognise(folder, changes(folder, files, beside))


def write_pending(folder: Path, found: Sequence[Change], *, force: bool = False) -> None:
    """Write the files that differ, and make all of them readable for containers.

    Raises:
        TreeError: files were edited by hand (and `force` is not set), or a file can't be written.
        UserError: copies of an earlier kit can't be moved.
    """
    if not force:
        refuse_edited(found)
    earlier.clear(folder, found)
    write(folder, found, force=force)
    make_readable(folder, (change.path for change in found if change.after is not None))
