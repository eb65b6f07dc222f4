"""Detect data that another release wrote, before this release of the program fails to read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from generator.workload import Workload
from kit.errors import UserError
from kit.operate.compose.docker import Docker

_FOLDER = "/volume"


@dataclass(frozen=True, slots=True)
class OtherRelease:
    """A volume that another release wrote.

    Attributes:
        workload: Name of the workload with this volume.
        volume: Full name of the volume.
        found: Release that wrote it.
        needed: The only release whose data the image reads.
        way_out: Fix, for a hint.
    """

    workload: str
    volume: str
    found: str
    needed: str
    way_out: str

    def __str__(self) -> str:
        return (
            f"{self.workload}: the volume {self.volume} was written by release {self.found}, but its image reads "
            f"only data of release {self.needed}"
        )


def other_releases(
    docker: Docker,
    project: str,
    workloads: Sequence[Workload],
    images: Mapping[str, str],
    volumes: Sequence[str],
) -> Iterator[OtherRelease]:
    """Yield the volumes that another release wrote.

    Args:
        docker: Docker.
        project: Name of the project.
        workloads: The workloads to start.
        images: The image of each service, overrides included.
        volumes: Full names of the existing volumes.
    """
    for workload in workloads:
        if workload.data_format is None or not workload.volumes:
            continue
        volume = f"{project}_{workload.volumes[0].name}"
        needed = workload.data_format.release(images.get(workload.name, ""))
        if needed and volume in volumes:
            found = _content(docker, volume, workload.data_format.file).strip()
            if found and found != needed:
                yield OtherRelease(workload.name, volume, found, needed, workload.data_format.way_out)


def refuse_other_releases(found: Sequence[OtherRelease]) -> None:
    """Refuse to start a program that can't read its data.

    Raises:
        UserError: there is such a volume.
    """
    if found:
        raise UserError("\n".join(map(str, found)), hint="; ".join(one.way_out for one in found))


def _content(docker: Docker, volume: str, file: str) -> str:
    """Return the text of a file in a volume; empty without the file, or without any image on this machine.

    The image is for a container that is created but never started: `docker cp` reads its volumes.
    """
    image = docker.ask(["image", "ls", "--quiet", "--no-trunc"]).stdout.split()
    if not image:
        return ""
    mount = f"type=volume,source={volume},target={_FOLDER},readonly"
    made = docker.ask(["create", "--network", "none", "--mount", mount, image[0], "never-started"])
    if made.returncode:
        return ""
    container = made.stdout.strip()
    try:
        with TemporaryDirectory() as folder:
            target = Path(folder) / "file"
            copied = docker.ask(["cp", f"{container}:{_FOLDER}/{file}", str(target)])
            return target.read_text(errors="replace") if copied.returncode == 0 and target.is_file() else ""
    finally:
        docker.ask(["rm", "--force", container])
