"""The OpenTelemetry Collector with the components that rendered configs use, built with the official builder."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from kit.provision import go
from kit.provision.part import LOCKS, Part, Program

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kit.provision.part import Bench

VERSION = "0.159.0"
_BUILDER = "go.opentelemetry.io/collector/cmd/builder"
_ARGUMENTS = ("-trimpath", "-ldflags", "-s -w")


def _make(bench: Bench) -> None:
    builder = bench.scratch / "builder"
    go.build(bench, module=LOCKS / "builder", package=_BUILDER, output=builder, arguments=("-trimpath",))
    # The manifest writes to ./src, relative to the working directory.
    sources = bench.scratch / "src"
    bench.run(
        "generate the sources",
        [
            *(str(builder), "--config", str(LOCKS / "otelcol" / "manifest.yaml")),
            *("--skip-compilation", "--skip-get-modules"),
        ],
        timeout=120,
        env={**go.environment(bench), "PATH": go.path(bench)},
    )
    for name in ("go.mod", "go.sum"):
        shutil.copyfile(LOCKS / "otelcol" / name, sources / name)
    binary = bench.folder / "otelcol"
    go.build(bench, module=sources, package=".", output=binary, arguments=_ARGUMENTS)
    bench.expect("check its version", [str(binary), "--version"], VERSION)


def _program(folder: Path, _: Mapping[str, Program]) -> Program:
    return Program("otelcol", VERSION, folder / "otelcol", folder=folder)


PART = Part(
    name="otelcol",
    version=VERSION,
    title=f"OpenTelemetry Collector {VERSION}",
    locks=("otelcol", "builder"),
    recipe=(_BUILDER, *_ARGUMENTS),
    seconds=180,
    disk=2500,
    make=_make,
    program=_program,
    built_with=("go",),
)
