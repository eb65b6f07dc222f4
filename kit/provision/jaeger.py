"""Jaeger v2, built from its Go module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.provision import go
from kit.provision.part import LOCKS, Part, Program

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kit.provision.part import Bench

# Tag v1.76.0 of the module is Jaeger 2.13.0: later tags are not valid versions of this Go module.
VERSION = "2.13.0"
_PACKAGE = "github.com/jaegertracing/jaeger/cmd/jaeger"
_ARGUMENTS = (
    "-trimpath",
    "-ldflags",
    f"-s -w -X github.com/jaegertracing/jaeger/internal/version.latestVersion=v{VERSION}",
)


def _make(bench: Bench) -> None:
    binary = bench.folder / "jaeger"
    go.build(bench, module=LOCKS / "jaeger", package=_PACKAGE, output=binary, arguments=_ARGUMENTS)
    bench.expect("check its version", [str(binary), "version"], f"v{VERSION}")


def _program(folder: Path, _: Mapping[str, Program]) -> Program:
    return Program("jaeger", VERSION, folder / "jaeger", folder=folder)


PART = Part(
    name="jaeger",
    version=VERSION,
    title=f"Jaeger {VERSION}",
    locks=("jaeger",),
    recipe=(_PACKAGE, *_ARGUMENTS),
    seconds=240,
    disk=3500,
    make=_make,
    program=_program,
    built_with=("go",),
)
