"""node_exporter, built from its Go module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.provision import go
from kit.provision.part import LOCKS, Part, Program

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kit.provision.part import Bench

VERSION = "1.12.1"
_PACKAGE = "github.com/prometheus/node_exporter"
_TAGS = "netgo"
_ARGUMENTS = ("-trimpath", "-ldflags", f"-s -w -X github.com/prometheus/common/version.Version={VERSION}")


def _make(bench: Bench) -> None:
    binary = bench.folder / "node_exporter"
    go.build(
        bench,
        module=LOCKS / "node_exporter",
        package=_PACKAGE,
        output=binary,
        arguments=_ARGUMENTS,
        tags=_TAGS,
    )
    bench.expect("check its version", [str(binary), "--version"], f"version {VERSION}")


def _program(folder: Path, _: Mapping[str, Program]) -> Program:
    return Program("node_exporter", VERSION, folder / "node_exporter", folder=folder)


PART = Part(
    name="node_exporter",
    version=VERSION,
    title=f"node_exporter {VERSION}",
    locks=("node_exporter",),
    recipe=(_PACKAGE, _TAGS, *_ARGUMENTS),
    seconds=100,
    disk=700,
    make=_make,
    program=_program,
    built_with=("go",),
    by_default=False,
)
