"""The manifest of a part's folder, written last: without it, or if files differ from it, the folder is not used."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from pathlib import Path

NAME = "manifest.json"


class _File(TypedDict):
    sha256: str
    size: int
    mtime_ns: int


class _Manifest(TypedDict):
    part: str
    key: str
    files: dict[str, _File]


def write(folder: Path, *, part: str, key: str) -> None:
    """Hash and fsync every file below `folder`, then write the manifest."""
    files = {str(file.relative_to(folder)): _describe(file) for file in _files(folder)}
    _save(folder, {"part": part, "key": key, "files": files})


def is_intact(folder: Path, *, key: str) -> bool:
    """Whether the folder is complete and unchanged, by sizes and modification times.

    A file of which only the time differs (a cache restored from an archive) is hashed, and its new time
    is saved.
    """
    manifest = _load(folder)
    if manifest is None or manifest["key"] != key:
        return False
    touched = False
    for name, known in manifest["files"].items():
        try:
            seen = (folder / name).lstat()
        except OSError:
            return False
        if seen.st_size != known["size"]:
            return False
        if seen.st_mtime_ns != known["mtime_ns"]:
            if _sha256(folder / name) != known["sha256"]:
                return False
            known["mtime_ns"] = seen.st_mtime_ns
            touched = True
    if touched:
        # A read-only cache still works, but is hashed at each start.
        with contextlib.suppress(OSError):
            _save(folder, manifest)
    return True


def damage(folder: Path) -> list[str]:
    """Hash all files and return the relative paths of those that are missing or differ from the manifest.

    If the manifest itself is missing or unreadable, only its name is returned.
    """
    manifest = _load(folder)
    if manifest is None:
        return [NAME]
    return [name for name, known in manifest["files"].items() if not _matches(folder / name, known)]


def _matches(file: Path, known: _File) -> bool:
    try:
        return _sha256(file) == known["sha256"]
    except OSError:
        return False


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / NAME)


def _describe(file: Path) -> _File:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
        seen = os.fstat(descriptor)
    finally:
        os.close(descriptor)
    return {"sha256": _sha256(file), "size": seen.st_size, "mtime_ns": seen.st_mtime_ns}


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _save(folder: Path, manifest: _Manifest) -> None:
    partial = folder / f"{NAME}.{os.getpid()}"
    with partial.open("w", encoding="utf-8") as stream:
        json.dump(manifest, stream)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(folder / NAME)


def _load(folder: Path) -> _Manifest | None:
    try:
        manifest: _Manifest = json.loads((folder / NAME).read_text(encoding="utf-8"))
        is_manifest = isinstance(manifest["files"], dict) and isinstance(manifest["key"], str)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return manifest if is_manifest else None
