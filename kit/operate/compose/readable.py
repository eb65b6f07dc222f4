"""Check that containers may read their mounted files, and that they have read the latest content."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from generator.workload import Workload

# User ids of images start here; lower ones belong to people and the system.
_USERS = 10_000


def unreadable(workloads: Sequence[Workload], folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the path of each file that a container can't read, with the reason.

    Args:
        workloads: the workloads to start.
        folder: the deployment's folder.
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
    """Return, by service, the user's files that changed after the start of the container that reads them.

    Args:
        workloads: the workloads of the deployment.
        folder: the deployment's folder.
        began: time of the last start of each service's container, RFC 3339.
        known: files whose hash is a label of the container: these are compared by content elsewhere.
    """
    compared = set(known)
    found: dict[str, list[str]] = {}
    for workload in workloads:
        since = _moment(began.get(workload.name, ""))
        if since is None or workload.once:
            continue
        for file, _ in _files(workload):
            path = folder / file
            # ctime, not mtime: a file that was moved here keeps its old mtime.
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
