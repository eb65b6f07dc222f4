"""Pack the running kit as a wheel, offline and reproducibly.

An installed kit is packed from the files in its RECORD, an editable one from its source tree.
Members are sorted, have a fixed date, and are stored uncompressed: zlib's output differs between builds of Python.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
import sys
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kit.errors import MachineError

# Folder of the build files of the image in the wheel.
FILES = "kit/image/files/"
_DIST_INFO = "tracing_kit-*.dist-info"
_WHEEL = b"Wheel-Version: 1.0\nGenerator: tracing-kit\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel that is not packed yet.

    Attributes:
        metadata: Name of its `.dist-info` folder.
        members: Name and source file of each member, without `WHEEL` and `RECORD`.
        record: RECORD file. A packed wheel holds it verbatim, because nothing is compressed.
    """

    metadata: str
    members: Mapping[str, Path]
    record: bytes

    @property
    def name(self) -> str:
        """File name of the wheel."""
        return f"{self.metadata.removesuffix('.dist-info')}-py3-none-any.whl"

    def pack(self) -> bytes:
        """Return the packed wheel."""
        from zipfile import ZipFile, ZipInfo

        packed = io.BytesIO()
        with ZipFile(packed, "w") as archive:

            def add(name: str, data: bytes) -> None:
                entry = ZipInfo(name)  # dated 1980-01-01
                entry.create_system, entry.external_attr = 3, (stat.S_IFREG | 0o644) << 16
                archive.writestr(entry, data)

            for name, path in self.members.items():
                add(name, path.read_bytes())
            add(f"{self.metadata}/WHEEL", _WHEEL)
            add(f"{self.metadata}/RECORD", self.record)
        return packed.getvalue()


def running_kit() -> Wheel:
    """Return the wheel of the running kit.

    Raises:
        MachineError: The kit is not installed.
    """
    root = Path(__file__).parents[2]
    metadata = _metadata_folder(root)
    listed = dict(_installed(metadata))
    members = {name: metadata.parent / name for name in listed}
    if metadata.parent != root:
        source = dict(_source(root))
        members |= source
        listed |= {name: _entry(path.read_bytes()) for name, path in source.items()}
    members = dict(sorted(members.items(), key=lambda it: (it[0].startswith(metadata.name), it[0])))
    lines = [f"{name},{listed[name]}\n" for name in members]
    lines += [f"{metadata.name}/WHEEL,{_entry(_WHEEL)}\n", f"{metadata.name}/RECORD,,\n"]
    return Wheel(metadata.name, members, "".join(lines).encode())


def _metadata_folder(root: Path) -> Path:
    # importlib.metadata takes longer to import than this whole module needs.
    for folder in dict.fromkeys((root, *map(Path, sys.path))):
        for found in folder.glob(_DIST_INFO):
            if (found / "RECORD").is_file():
                return found
    raise MachineError(
        "the kit is not installed, so it can't be put into an image",
        hint="pip install it, or name an image that contains it: `images: {kit: …}` in kit.yaml",
    )


def _installed(metadata: Path) -> Iterator[tuple[str, str]]:
    """Yield the installed members with hash and size, without the files that the installer added."""
    own = tuple(f"{metadata.name}/{name}" for name in ("METADATA", "entry_points.txt", "licenses/"))
    for line in (metadata / "RECORD").read_text(encoding="utf-8").splitlines():
        name, digest, size = line.rsplit(",", 2)
        package = not name.startswith((metadata.name, "..", "/")) and not name.endswith((".pth", ".pyc"))
        if package or name.startswith(own):
            yield name, f"{digest},{size}"


def _source(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield the files of a source tree that pyproject.toml selects for a wheel."""
    import tomllib

    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    target = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    for package in target["packages"]:
        for folder, _, names in os.walk(root / package):
            if not folder.endswith("__pycache__"):
                inside = Path(folder).relative_to(root).as_posix()
                yield from ((f"{inside}/{name}", Path(folder, name)) for name in names)
    for name in target["hooks"]["custom"]["files"]:
        yield FILES + name, root / name


def _entry(data: bytes) -> str:
    digest = urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"sha256={digest},{len(data)}"
