"""Check the free space of the disk that a deployment writes to."""

from __future__ import annotations

import shutil

from generator.spec.quantities import Size
from kit.errors import MachineError
from kit.operate.native.home import Home

# Space for Cassandra's commit log (segments of 32 MiB), Redis's append-only file, and up to 30 MB of log per component.
NEEDED = Size.parse("256MiB")
_NEARLY_FULL = Size.parse("16MiB")


def refuse_full_disk(home: Home) -> None:
    """Refuse a start on a full disk.

    Raises:
        MachineError: less space is free than a start needs.
    """
    free = shutil.disk_usage(home.folder).free
    if free < NEEDED.bytes:
        raise MachineError(
            f"{home.folder}: the disk has {free >> 20} MiB free, but {NEEDED} are needed",
            hint="free some space there, or move the deployment's folder to a larger disk",
        )


def if_full(home: Home) -> str:
    """Return a remark for an error if the disk is full: a program can't log that its log has no space."""
    free = shutil.disk_usage(home.folder).free
    return f"; the disk of {home.folder} is full: {free >> 10} KiB free" if free < _NEARLY_FULL.bytes else ""
