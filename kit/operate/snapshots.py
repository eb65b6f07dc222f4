"""Snapshots: traces kept under a name, in `.kit/snapshots/NAME`.

Every `--from` reads the file `traces.jsonl.gz`; `manifest.json` records its window and commit.
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
# Names that a comparison would read as a range of time or as a file.
_TAKEN = re.compile(r".*\.\..*|.*\.(json|jsonl|gz)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SnapshotWindow:
    """The window of a snapshot's traces."""

    start_unix_nano: Annotated[str, "ns since 1970, as text"]
    end_unix_nano: Annotated[str, "ns since 1970, as text"]


@dataclass(frozen=True, slots=True)
class SnapshotFilters:
    """The filters that chose a snapshot's traces."""

    service: Annotated[str | None, "--service"]
    operation: Annotated[str | None, "--operation"]
    attributes: Annotated[list[Annotated[str, "KEY=VALUE"]], "--attribute"]


@dataclass(frozen=True, slots=True)
class Commit:
    """The commit that is checked out."""

    commit: Annotated[str, "its hash"]
    changed: Annotated[bool | None, "whether tracked files differ from it"]


@dataclass(frozen=True, slots=True)
class Manifest:
    """The file manifest.json of a snapshot."""

    kind: Annotated[Literal["traces.snapshot"], "kind of the file manifest.json"]
    version: Annotated[int, "version of its format"]
    name: Annotated[str, "name of the snapshot"]
    taken_at: Annotated[str, "time of the snapshot, ISO 8601"]
    window: Annotated[SnapshotWindow, "window of its traces"]
    filters: Annotated[SnapshotFilters, "filters that chose its traces"]
    git: Annotated[Commit | None, "the commit that was checked out; null without one"]
    coverage: Annotated[TracesRead, "account of the spans that were read and left out"]
    traces: Annotated[int, "number of traces in it"]
    spans: Annotated[int, "number of spans in it"]


@dataclass(frozen=True, slots=True)
class SnapshotAnswer:
    """A new snapshot and its folder."""

    KIND: ClassVar = "traces.snapshot"

    folder: Annotated[str, "path of its folder"]
    snapshot: Annotated[Manifest, "its manifest.json"]

    @property
    def file(self) -> Path:
        """The file with the traces."""
        return Path(self.folder) / _TRACES


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot on disk.

    Attributes:
        folder: Its folder.
        manifest: Content of its manifest.json; see `Manifest`.
    """

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def traces(self) -> Path:
        """The file with the traces."""
        return self.folder / _TRACES


def check_name(name: str) -> None:
    """Refuse a name that a snapshot can't have.

    Raises:
        UserError: it is not valid as a folder name, or would be read as a file or a range of time.
    """
    if not _NAME.fullmatch(name) or _TAKEN.fullmatch(name):
        raise UserError(
            f"{name!r} is not a valid snapshot name",
            hint="use letters, digits, '-', '_' and '.', without a file extension, such as before-cache or 2026-11-21",
        )


def keep(root: Path, name: str, traces: Iterable[Trace], *, replace: bool, **about: Any) -> SnapshotAnswer:
    """Write a snapshot, completely or not at all.

    Args:
        root: the folder of the deployment.
        name: the name of the snapshot.
        traces: its traces.
        replace: whether to replace a snapshot of this name.
        about: the other fields of the `Manifest`, without the numbers of traces and spans.

    Raises:
        UserError: the name is invalid or taken.
    """
    import gzip

    from analysis.compare.otlp_lines import line

    check_name(name)
    folder = root / _FOLDER / name
    if folder.exists() and not replace:
        raise UserError(
            f"the snapshot {name!r} already exists, in {folder}",
            hint="choose another name, or replace it with --force",
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
    """Return the snapshot of this name, or in this folder; None if there is none.

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
                    f"{path}: not a valid snapshot manifest ({type(error).__name__}: {error})",
                    hint="take the snapshot again",
                ) from None
            return Snapshot(folder, manifest)
    return None


def file_of(root: Path, path: Path) -> Path:
    """Return the traces file of a snapshot given by name or folder; any other path unchanged.

    Raises:
        UserError: see `find`.
    """
    if path.is_file():
        return path
    kept = find(root, str(path))
    return path if kept is None else kept.traces


def names(root: Path) -> list[str]:
    """Return the names of all snapshots, sorted."""
    return sorted(path.parent.name for path in (root / _FOLDER).glob(f"[!.]*/{_MANIFEST}"))


def commit_of(root: Path) -> Commit | None:
    """Return the commit that is checked out there; None without git or a commit."""
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
