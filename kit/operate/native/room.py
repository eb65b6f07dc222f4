"""Room on the disk that a deployment writes to."""

from __future__ import annotations

import shutil

from generator.spec.quantities import Size
from kit.errors import MachineError
from kit.operate.native.home import Home

# Cassandra's commit log takes segments of 32 MiB, Redis its log, each component up to 30 MB of its own.
NEEDED = Size.parse("256MiB")
_NEARLY_FULL = Size.parse("16MiB")


def refuse_full_disk(home: Home) -> None:
    """Check before a start.

    Raises:
        MachineError: less is free than a start needs.
    """
    free = shutil.disk_usage(home.folder).free
    if free < NEEDED.bytes:
        raise MachineError(
            f"{home.folder}: {free >> 20} MiB of disk are free, {NEEDED} are needed",
            hint="make room there, or move the deployment's folder to a larger disk",
        )


def if_full(home: Home) -> str:
    """What to add to an error where the disk is full: a program can't log that it has no room for its log."""
    free = shutil.disk_usage(home.folder).free
    return (
        f"; the disk of {home.folder} is full: {free >> 10} KiB are free" if free < _NEARLY_FULL.bytes else ""
    )
