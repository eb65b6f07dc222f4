"""Docker's Compose plugin, built once from its Go module into the cache of native parts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kit.provision import PARTS, Program, TextProgress, go, provision
from kit.provision.part import Bench, Part

VERSION = "2.40.3"
_MODULE = Path(__file__).parent / "compose_plugin"
_PACKAGE = "github.com/docker/compose/v2/cmd"
_ARGUMENTS = ("-trimpath", "-ldflags", f"-s -w -X github.com/docker/compose/v2/internal.Version=v{VERSION}")


@dataclass(frozen=True)
class _TestPart(Part):
    """A part whose lock lies beside the tests."""

    def key(self) -> str:
        pinned = [(_MODULE / name).read_bytes() for name in ("go.mod", "go.sum")]
        return hashlib.sha256(b"".join([super().key().encode(), *pinned])).hexdigest()[:12]


def compose_plugin() -> Path:
    """The plugin's program."""
    return provision([_PART.name], progress=TextProgress(), parts={**PARTS, _PART.name: _PART})[
        _PART.name
    ].executable


def _make(bench: Bench) -> None:
    program = bench.folder / "docker-compose"
    go.build(bench, module=_MODULE, package=_PACKAGE, output=program, arguments=_ARGUMENTS)
    bench.expect("check its version", [str(program), "version"], VERSION)


def _program(folder: Path, _: Mapping[str, Program]) -> Program:
    return Program(_PART.name, VERSION, folder / "docker-compose", folder=folder)


_PART = _TestPart(
    name="docker-compose",
    version=VERSION,
    title=f"Docker Compose {VERSION}",
    locks=(),
    recipe=_ARGUMENTS,
    seconds=100,
    disk=2500,
    make=_make,
    program=_program,
    built_with=("go",),
)
