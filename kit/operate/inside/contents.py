"""Hash the kit's own modules, as they are installed on this machine or in this image.

The hash compares an image with the kit that started it. It covers only the names and bytes of the modules.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

_PACKAGES = ("analysis", "findings", "generator", "kit", "sample_services", "stream_tracing")


def contents(root: Path) -> str:
    """Return the hash of the packages below a folder. It does not depend on where they are installed."""
    digest = hashlib.sha256()
    for path in sorted(_modules(root)):
        digest.update(f"{path.relative_to(root).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _modules(root: Path) -> Iterator[Path]:
    for package in _PACKAGES:
        yield from (root / package).rglob("*.py")


if __name__ == "__main__":
    print(contents(Path(__file__).parents[3]))  # noqa: T201  # the answer of this program
