"""Set of rendered files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

MARKER = "rendered from kit.yaml: edit that, not this"


class FileSet:
    """Rendered files by path, relative to the output folder, always in the same order."""

    def __init__(self, files: Iterable[tuple[str, str]]) -> None:
        """Create the set from pairs of path and text.

        Raises:
            ValueError: Two files have the same path.
        """
        entries: dict[str, str] = {}
        for path, text in files:
            if path in entries:
                raise ValueError(f"{path} is rendered twice")
            entries[path] = text
        self._files: Mapping[str, str] = MappingProxyType(dict(sorted(entries.items())))

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._files.items())

    def __getitem__(self, path: str) -> str:
        return self._files[path]

    def __contains__(self, path: object) -> bool:
        return path in self._files

    def __len__(self) -> int:
        return len(self._files)

    @property
    def paths(self) -> tuple[str, ...]:
        """Paths of the files, sorted."""
        return tuple(self._files)
