"""Prometheus and promtool, built from its Go module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.provision import go
from kit.provision.part import LOCKS, Part, Program

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kit.provision.part import Bench

# Tag v0.316.0 of the module is Prometheus 3.16.0.
VERSION = "3.16.0"
_PROGRAMS = ("prometheus", "promtool")
_PACKAGES = "github.com/prometheus/prometheus/cmd"
# Upstream's tag leaves the SDKs of the clouds out: with them the compiler needs 2 GiB. Static and file discovery stay.
_TAGS = "netgo,remove_all_sd"
_ARGUMENTS = ("-trimpath", "-ldflags", f"-s -w -X github.com/prometheus/common/version.Version={VERSION}")


def _make(bench: Bench) -> None:
    for name in _PROGRAMS:
        binary = bench.folder / name
        go.build(
            bench,
            module=LOCKS / "prometheus",
            package=f"{_PACKAGES}/{name}",
            output=binary,
            arguments=_ARGUMENTS,
            tags=_TAGS,
        )
        bench.expect("check its version", [str(binary), "--version"], f"version {VERSION}")


def _program(folder: Path, _: Mapping[str, Program]) -> Program:
    return Program("prometheus", VERSION, folder / "prometheus", folder=folder)


PART = Part(
    name="prometheus",
    version=VERSION,
    title=f"Prometheus {VERSION}",
    locks=("prometheus",),
    recipe=(_PACKAGES, *_PROGRAMS, _TAGS, *_ARGUMENTS),
    seconds=430,
    disk=4000,
    make=_make,
    program=_program,
    built_with=("go",),
    by_default=False,
)
