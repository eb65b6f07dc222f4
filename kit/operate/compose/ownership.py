"""Find the folder that a Compose project belongs to.

Compose identifies a project only by its name. So a second folder with the same name would take over the containers
and volumes of the first. Containers have a label with their folder. After a `down` only volumes are left: for this
case `up` creates a volume whose label names the folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kit.errors import MachineError, UserError
from kit.operate.compose.docker import Docker

PROJECT_LABEL = "com.docker.compose.project"
STARTED_FROM = "com.docker.compose.project.working_dir"
_FOLDER_LABEL = "tracing-kit.folder"
_MARK = "kit-folder"


@dataclass(frozen=True, slots=True)
class Traces:
    """Containers and volumes of a project that Docker knows.

    Attributes:
        started_from: Folders that its containers were started from.
        volumes: Names of its volumes, without the one that names the folder.
        marked: Folder that this volume names; empty without one.
    """

    started_from: frozenset[str]
    volumes: Sequence[str]
    marked: str

    def others(self, folder: Path) -> list[str]:
        """Return the other folders that the project belongs to."""
        known = self.started_from or ({self.marked} if self.marked else set())
        return sorted(one for one in known if Path(one).resolve() != folder)

    @property
    def unknown(self) -> bool:
        """Whether there is data of unknown origin."""
        return bool(self.volumes) and not self.started_from and not self.marked


def traces(docker: Docker, project: str) -> Traces:
    """Find a project's containers and volumes; the result is empty if Docker does not answer."""
    mine = f"label={PROJECT_LABEL}={project}"
    asked = docker.ask(["ps", "--all", "--filter", mine, "--format", f'{{{{.Label "{STARTED_FROM}"}}}}'])
    folders = asked.stdout.splitlines() if asked.returncode == 0 else []
    form = f'{{{{.Name}}}}\t{{{{.Label "{_FOLDER_LABEL}"}}}}'
    asked = docker.ask(["volume", "ls", "--filter", mine, "--format", form])
    rows = [line.partition("\t") for line in asked.stdout.splitlines()] if asked.returncode == 0 else []
    return Traces(
        frozenset(folder for folder in folders if folder),
        [name for name, _, folder in rows if not folder],
        next((folder for _, _, folder in rows if folder), ""),
    )


def refuse_others(found: Traces, project: str, folder: Path) -> None:
    """Refuse to touch another folder's containers or volumes.

    Raises:
        MachineError: they belong to another folder; the message names it.
    """
    others = found.others(folder)
    if not others:
        return
    what = "containers" if found.started_from else "volumes"
    gone = [other for other in others if not Path(other).is_dir()]
    moved = " If that folder was moved here: kit up --adopt." if gone == others else ""
    raise MachineError(
        f"the {what} of the Compose project `{project}` belong to another folder: {', '.join(others)}"
        + (" (there is no such folder on this machine)" if moved else ""),
        hint="give this deployment another `name` and other `ports` in kit.yaml, or work in that folder."
        + moved,
    )


def refuse_unknown(found: Traces, project: str, verb: str) -> None:
    """Refuse to use or remove data of unknown origin.

    Raises:
        UserError: there are such volumes.
    """
    if not found.unknown:
        return
    listed = ", ".join(found.volumes)
    way = (
        "if the data is this deployment's: kit up --adopt"
        if verb == "up"
        else f"if the data is this deployment's: docker volume rm {' '.join(found.volumes)}"
    )
    raise UserError(
        f"there are volumes of a Compose project `{project}`, but their folder is unknown: {listed}",
        hint=f"{way}. If it may belong to another folder, give this deployment another `name` in kit.yaml",
    )


def mark(docker: Docker, project: str, folder: Path) -> None:
    """Record that a project's data belongs to this folder; the record is removed with the data."""
    name = f"{project}_{_MARK}"
    docker.ask(["volume", "rm", name])  # labels of an existing volume can't be changed
    labels = [f"{PROJECT_LABEL}={project}", f"{_FOLDER_LABEL}={folder}"]
    docker.answer(["volume", "create", *(word for label in labels for word in ("--label", label)), name])
