"""Digests of the images that Docker on this machine pulled."""

from __future__ import annotations

from pathlib import Path

from kit.operate.compose.docker import Docker


def digest_of(folder: Path, image: str) -> str:
    """Return an image's name with tag and digest; empty if Docker did not pull it.

    Args:
        folder: the folder to run docker in.
        image: name with a tag, or already with a digest.

    Raises:
        MachineError: there is no docker command.
    """
    if "@" in image:
        return image
    told = Docker(folder.resolve()).ask(
        ["image", "inspect", "--format", "{{range .RepoDigests}}{{println .}}{{end}}", image]
    )
    repository = image.rpartition(":")[0]
    for line in told.stdout.split() if told.returncode == 0 else ():
        name, _, digest = line.partition("@")
        if name == repository or name.endswith(f"/{repository}"):
            return f"{image}@{digest}"
    return ""
