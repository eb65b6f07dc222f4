"""A disk that is soon full."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_MOUNT, _UMOUNT = shutil.which("mount") or "", shutil.which("umount") or ""

needs_root = pytest.mark.skipif(os.geteuid() != 0 or not _MOUNT, reason="only root can mount a small disk")


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """A file system of that size (`8m`, `64k`) at a folder, for a while."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([_MOUNT, "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run([_UMOUNT, "-l", str(folder)], check=True)


def resize(folder: Path, size: int | str) -> None:
    """Give a small disk another size, in bytes or as above: not less than what it holds."""
    subprocess.run([_MOUNT, "-o", f"remount,size={size}", str(folder)], check=True)


def fill(folder: Path, leave: int) -> None:
    """Fill the disk of a folder but for that many bytes; others may write to it meanwhile."""
    with (folder / "filler").open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            state = os.statvfs(folder)
            spare = state.f_bavail * state.f_frsize - leave
            if spare <= 0:
                return
            file.write(b"f" * min(spare, 1 << 20))
