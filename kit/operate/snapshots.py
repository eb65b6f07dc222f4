"""Traces kept for later, in `.kit/snapshots/NAME`.

`traces.jsonl.gz` is a file that every `--from` reads; `manifest.json` says of what window and commit it is.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from analysis.coverage import TracesRead
from kit.errors import UserError
from kit.printing import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from analysis.model import Trace

_FOLDER = Path(".kit") / "snapshots"
_TRACES = "traces.jsonl.gz"
_MANIFEST = "manifest.json"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
# What a comparison takes for a range of time or for a file.
_TAKEN = re.compile(r".*\.\..*|.*\.(json|jsonl|gz)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SnapshotWindow:
    """The window that the traces of a snapshot fill."""

    start_unix_nano: Annotated[str, "ns since 1970, as text"]
    end_unix_nano: Annotated[str, "ns since 1970, as text"]


@dataclass(frozen=True, slots=True)
class SnapshotFilters:
    """What was asked for."""

    service: Annotated[str | None, "--service"]
    operation: Annotated[str | None, "--operation"]
    attributes: Annotated[list[Annotated[str, "KEY=VALUE"]], "--attribute"]


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit that is checked out."""

    commit: Annotated[str, "its hash"]
    changed: Annotated[bool | None, "whether files differ from it"]


@dataclass(frozen=True, slots=True)
class Manifest:
    """The file manifest.json of a snapshot."""

    kind: Annotated[Literal["traces.snapshot"], "of the file manifest.json"]
    version: Annotated[int, "of the file manifest.json"]
    name: Annotated[str, "the snapshot's"]
    taken_at: Annotated[str, "when, ISO 8601"]
    window: Annotated[SnapshotWindow, "that its traces fill"]
    filters: Annotated[SnapshotFilters, "what was asked for"]
    git: Annotated[Commit | None, "the commit that is checked out; null without one"]
    coverage: Annotated[TracesRead, "what was read"]
    traces: Annotated[int, "traces that are kept"]
    spans: Annotated[int, "spans that are kept"]


@dataclass(frozen=True, slots=True)
class SnapshotAnswer:
    """What was kept, and where."""

    KIND: ClassVar = "traces.snapshot"

    folder: Annotated[str, "path"]
    snapshot: Annotated[Manifest, "its manifest.json"]

    @property
    def file(self) -> Path:
        """The file with the traces."""
        return Path(self.folder) / _TRACES


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot that is there.

    Attributes:
        folder: Its folder.
        manifest: What its manifest.json holds; see `Manifest`.
    """

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def traces(self) -> Path:
        """The file with the traces."""
        return self.folder / _TRACES


def check_name(name: str) -> None:
    """Whether a snapshot may be named so.

    Raises:
        UserError: it can't be a folder's name, or would be taken for a file or a range of time.
    """
    if not _NAME.fullmatch(name) or _TAKEN.fullmatch(name):
        raise UserError(
            f"{name!r} can't be the name of a snapshot",
            hint="letters, digits, '-', '_' and '.', no ending of a file: before-cache, 2026-11-21",
        )


def keep(root: Path, name: str, traces: Iterable[Trace], *, replace: bool, **about: Any) -> SnapshotAnswer:
    """Write a snapshot, whole or not at all.

    Args:
        root: the folder of the deployment.
        name: of the snapshot.
        traces: what it holds.
        replace: one of this name may go.
        about: the other fields of the `Manifest`, but for the numbers of traces and spans.

    Raises:
        UserError: the name is not possible, or taken.
    """
    import gzip

    from analysis.compare.otlp_lines import line

    check_name(name)
    folder = root / _FOLDER / name
    if folder.exists() and not replace:
        raise UserError(
            f"there is a snapshot {name!r} already, in {folder}",
            hint="choose another name, or give --force to replace it",
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = folder.parent / f".{name}.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    count = spans = 0
    try:
        with gzip.open(unfinished / _TRACES, "wt", encoding="utf-8", compresslevel=6) as out:
            for trace in traces:
                out.write(line(trace) + "\n")
                count += 1
                spans += len(trace.spans)
        manifest = Manifest("traces.snapshot", 1, name, traces=count, spans=spans, **about)
        (unfinished / _MANIFEST).write_text(json.dumps(plain(manifest), indent=2, ensure_ascii=False) + "\n")
        if folder.exists():
            shutil.rmtree(folder)
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return SnapshotAnswer(str(folder), manifest)


def find(root: Path, name: str) -> Snapshot | None:
    """The snapshot of this name, or in this folder; None if there is none.

    Raises:
        UserError: its manifest can't be read.
    """
    for folder in (root / _FOLDER / name, Path(name)):
        path = folder / _MANIFEST
        if name and path.is_file():
            try:
                manifest = json.loads(path.read_text(encoding="utf-8"))
                for bound in ("start_unix_nano", "end_unix_nano"):
                    int(manifest["window"][bound])
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise UserError(
                    f"{path}: no manifest of a snapshot ({type(error).__name__}: {error})",
                    hint="take the snapshot again",
                ) from None
            return Snapshot(folder, manifest)
    return None


def file_of(root: Path, path: Path) -> Path:
    """The file with the traces of a snapshot that is named, or whose folder is; any other path as it is.

    Raises:
        UserError: see `find`.
    """
    if path.is_file():
        return path
    kept = find(root, str(path))
    return path if kept is None else kept.traces


def names(root: Path) -> list[str]:
    """The names of all snapshots, sorted."""
    return sorted(path.parent.name for path in (root / _FOLDER).glob(f"[!.]*/{_MANIFEST}"))


def commit_of(root: Path) -> Commit | None:
    """The commit that is checked out there, and whether files differ from it; None without git or a commit."""
    commit = _git(root, "rev-parse", "HEAD")
    if not commit:
        return None
    changed = _git(root, "status", "--porcelain", "--untracked-files=no")
    return Commit(commit, None if changed is None else bool(changed))


def _git(root: Path, *arguments: str) -> str | None:
    program = shutil.which("git")
    if program is None:
        return None
    try:
        done = subprocess.run(
            [program, "-C", str(root), *arguments], capture_output=True, text=True, check=False, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
