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
"""Seconds for one download of up to 70 MB: also on a slow line."""


def unpack(bench: Bench, lock: str, *platform: str) -> Path:
    """Install the wheel that `locks/<lock>/requirements.txt` pins into a folder of its own.

    Args:
        bench: where the part is made.
        lock: the lock folder.
        platform: pip's options for the wheel of another Python than the one that runs.

    Returns:
        The folder that holds the wheel's top-level packages.

    Raises:
        MachineError: there is no pip, no network, or a hash differs.
    """
    if importlib.util.find_spec("pip") is None:
        raise MachineError(
            f"the Python that runs this, {sys.executable}, has no pip, which downloads native parts",
            hint=f"{sys.executable} -m ensurepip",
        )
    target = bench.scratch / "wheel"
    command = [
        *(sys.executable, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"),
        *("--require-hashes", "--no-deps", "--only-binary=:all:", "--no-compile", "--ignore-installed"),
        *("--target", str(target), *platform, "--requirement", str(LOCKS / lock / "requirements.txt")),
    ]
    # Both are settings that some users have, and with which pip refuses --target.
    bench.run(
        "download and unpack",
        command,
        timeout=TIMEOUT,
        env={"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"},
    )
    return target
