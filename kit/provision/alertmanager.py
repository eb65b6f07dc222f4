"""Alertmanager, built from its Go module, which lacks the files of its web page."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from kit.provision import go
from kit.provision.part import LOCKS, Part, Program

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.provision.part import Bench

VERSION = "0.35.0"
_MODULE = "github.com/prometheus/alertmanager"
_PACKAGE = f"{_MODULE}/cmd/alertmanager"
_ARGUMENTS = ("-trimpath", "-ldflags", f"-s -w -X github.com/prometheus/common/version.Version={VERSION}")
# The program embeds two pages, and does not compile without them.
_PAGES = ("ui/app/dist/elm/index.html", "ui/app/dist/mantine/index.html")
_PAGE = (
    "<!doctype html><title>Alertmanager</title><p>This Alertmanager was built without its web page. "
    "Its API is at /api/v2/alerts.\n"
)


def _make(bench: Bench) -> None:
    binary = bench.folder / "alertmanager"
    go.build(
        bench,
        module=_with_pages(bench),
        package=_PACKAGE,
        output=binary,
        arguments=_ARGUMENTS,
        tags="netgo",
    )
    bench.expect("check its version", [str(binary), "--version"], f"version {VERSION}")


def _with_pages(bench: Bench) -> Path:
    """Return a copy of the locked module that takes Alertmanager's sources from a copy with the pages."""
    locked, module, sources = (
        LOCKS / "alertmanager",
        bench.scratch / "module",
        bench.scratch / "alertmanager",
    )
    where = bench.run(
        "download the sources of alertmanager",
        bench.programs["go"].command("list", "-m", "-f", "{{.Dir}}", _MODULE),
        timeout=go.DOWNLOAD_TIMEOUT,
        cwd=_downloaded(bench, locked),
        env=go.environment(bench),
    )
    # Go's cache of modules can't be written, and neither could a plain copy of it.
    shutil.copytree(where.strip().splitlines()[-1], sources, copy_function=shutil.copyfile)
    for folder in (sources, *(path for path in sources.rglob("*") if path.is_dir())):
        folder.chmod(0o755)
    for page in _PAGES:
        (sources / page).parent.mkdir(parents=True, exist_ok=True)
        (sources / page).write_text(_PAGE)
    module.mkdir()
    shutil.copyfile(locked / "go.sum", module / "go.sum")
    text = (locked / "go.mod").read_text()
    (module / "go.mod").write_text(f"{text}\nreplace {_MODULE} => {sources}\n")
    return module


def _downloaded(bench: Bench, locked: Path) -> Path:
    bench.run(
        "download alertmanager",
        bench.programs["go"].command("mod", "download", _MODULE),
        timeout=go.DOWNLOAD_TIMEOUT,
        cwd=locked,
        env=go.environment(bench),
    )
    return locked


def _program(folder: Path, _: Mapping[str, Program]) -> Program:
    return Program("alertmanager", VERSION, folder / "alertmanager", folder=folder)


PART = Part(
    name="alertmanager",
    version=VERSION,
    title=f"Alertmanager {VERSION}",
    locks=("alertmanager",),
    recipe=(_PACKAGE, *_ARGUMENTS, *_PAGES, _PAGE),
    seconds=160,
    disk=2000,
    make=_make,
    program=_program,
    built_with=("go",),
    by_default=False,
)
