"""The build context of the kit's own image: `.` in a checkout, else `image/` beside compose.yaml.

One Dockerfile serves both. In `image/` it installs a wheel of the kit, in a checkout the sources.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from generator.deployment.images import OwnImage
from generator.tree.lock import digest, read_lock
from kit.errors import UserError
from kit.image import FOLDER, earlier
from kit.image.wheel import FILES, Wheel, running_kit


def context_of(folder: Path) -> str:
    """Return the build context of a deployment's image, relative to the deployment's folder."""
    return "." if _is_checkout(folder) else f"./{FOLDER}"


def context_files(folder: Path, image: OwnImage) -> Mapping[str, bytes]:
    """Return the files for `image/`, by path relative to the deployment's folder; none if it is not used.

    Raises:
        UserError: `image/` has files that the kit did not write.
        MachineError: The kit is not installed.
        TreeError: `kit.lock` can't be read.
    """
    if image.context != f"./{FOLDER}":
        return {}
    written = read_lock(folder)
    if not any(path.startswith(f"{FOLDER}/") for path in written.paths):
        _refuse_someone_elses(folder)
    wheel = running_kit()
    files = {
        f"{FOLDER}/{name.removeprefix(FILES)}": path.read_bytes()
        for name, path in wheel.members.items()
        if name.startswith(FILES)
    }
    path = f"{FOLDER}/{wheel.name}"
    return {**files, path: _as_written(folder / path, written.files.get(path), wheel) or wheel.pack()}


def _as_written(path: Path, locked: str | None, wheel: Wheel) -> bytes | None:
    """Return the wheel on disk if the kit wrote it for this version: reading is faster than packing."""
    if locked is None or not path.is_file():
        return None
    data = path.read_bytes()
    return data if wheel.record in data and digest(data) == locked else None


def _refuse_someone_elses(folder: Path) -> None:
    image = folder / FOLDER
    others = image.is_file() or any(path.is_file() for path in image.rglob("*"))
    if others and not earlier.copies(folder):
        raise UserError(
            f"{image} was not written by the kit, which needs this path for the image's build context",
            hint="move it to another place",
        )


def _is_checkout(folder: Path) -> bool:
    import tomllib

    try:
        project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    named = project.get("project", {}).get("name") == "tracing-kit"
    return bool(named) and (folder / "Dockerfile").is_file()
