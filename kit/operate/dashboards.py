"""Write a deployment's dashboards into a folder, for a Grafana that the kit does not run."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, ClassVar

from generator.components.grafana.boards import dashboards
from generator.deployment.model import Deployment
from kit.errors import UserError


class ExportState(StrEnum):
    """Result of the export for one file."""

    WRITTEN = "written"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class ExportedDashboard:
    """A dashboard."""

    file: Annotated[str, "path of its file"]
    uid: Annotated[str, "its name in addresses: /d/UID"]
    title: Annotated[str, "its title"]
    about: Annotated[str, "what it shows"]
    state: Annotated[ExportState, "`same`: the file was there with this content"]


@dataclass(frozen=True, slots=True)
class DashboardsAnswer:
    """The dashboards of the deployment, written as files that any Grafana can import."""

    KIND: ClassVar = "dashboards"

    folder: Annotated[str, "folder of the files"]
    dashboards: Annotated[list[ExportedDashboard], "all dashboards of the deployment"]


def export(deployment: Deployment, folder: Path, *, force: bool) -> DashboardsAnswer:
    """Write each dashboard to `folder`, which is made if it is missing.

    Raises:
        UserError: A file with other content is there (without `force`), or the folder can't be written.
    """
    wanted = {folder / name: text for name, text in dashboards(deployment)}
    try:
        there = {path: _read(path) for path in wanted}
    except OSError as error:
        raise _unusable(folder, error) from None
    others = [path for path, text in wanted.items() if there[path] not in (None, text.encode())]
    if others and not force:
        names = ", ".join(str(path) for path in others)
        raise UserError(
            f"with other content already there: {names}",
            hint="choose another folder, or overwrite them with --force",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in wanted.items():
            if there[path] != text.encode():
                _write(path, text)
    except OSError as error:
        raise _unusable(folder, error) from None
    return DashboardsAnswer(
        str(folder),
        [_exported(path, text, same=there[path] == text.encode()) for path, text in wanted.items()],
    )


def export_lines(answer: DashboardsAnswer) -> Iterator[str]:
    """Yield a line for each dashboard."""
    width = _longest([one.file for one in answer.dashboards])
    for one in answer.dashboards:
        yield f"{one.state:<8} {one.file:<{width}}  {one.about}"


def _longest(texts: Sequence[str]) -> int:
    return max(len(text) for text in texts)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _write(path: Path, text: str) -> None:
    # A reader, such as Grafana's provisioning, sees the old file or the whole new one.
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _unusable(folder: Path, error: OSError) -> UserError:
    where = error.filename or folder
    return UserError(f"{where}: {error.strerror}", hint="name a folder in which you may write")


def _exported(path: Path, text: str, *, same: bool) -> ExportedDashboard:
    document = json.loads(text)
    return ExportedDashboard(
        str(path),
        document["uid"],
        document["title"],
        document["description"],
        ExportState.SAME if same else ExportState.WRITTEN,
    )
