"""Whether containers may read the files that are mounted into them, and whether they have read them."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from generator.workload import Workload

# The users of images have numbers from here on; those below are people's and the system's.
_USERS = 10_000


def unreadable(workloads: Sequence[Workload], folder: Path) -> Iterator[tuple[str, str]]:
    """Files that a container is to read and can't: each as a path, and why.

    Args:
        workloads: what is to be started.
        folder: the deployment's.
    """
    for workload in workloads:
        for file, what in _files(workload):
            path = folder / file
            shown = f"{file}, {what} of {workload.name}"
            if not path.exists():
                yield file, f"{shown}: there is no such file"
                continue
            found = path.stat()
            wanted = stat.S_IROTH | (stat.S_IXOTH if path.is_dir() else 0)
            restricted = workload.unprivileged and found.st_mode & wanted != wanted
            if restricted and found.st_uid < _USERS:
                yield (
                    file,
                    f"{shown}: only its owner may read it, and the container does not run as its owner",
                )


def read_before(
    workloads: Sequence[Workload], folder: Path, began: Mapping[str, str], known: Iterable[str]
) -> dict[str, list[str]]:
    """The user's files that were changed after the container that reads them began; by service.

    Args:
        workloads: what runs.
        folder: the deployment's.
        began: when each service's container was last started, RFC 3339.
        known: files whose hash is part of the container: those are compared by content.
    """
    compared = set(known)
    found: dict[str, list[str]] = {}
    for workload in workloads:
        since = _moment(began.get(workload.name, ""))
        if since is None or workload.once:
            continue
        for file, _ in _files(workload):
            path = folder / file
            # The time of the last change of the inode: a file that replaced another keeps its own date of writing.
            if file not in compared and path.is_file() and path.stat().st_ctime > since:
                found.setdefault(workload.name, []).append(file)
    return found


def _files(workload: Workload) -> Iterator[tuple[str, str]]:
    yield from ((secret.file, "a secret") for secret in workload.secrets if secret.file)
    yield from ((mount.file, "a file") for mount in workload.mounts)


def _moment(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.timestamp() if moment > datetime(2000, 1, 1, tzinfo=UTC) else None
