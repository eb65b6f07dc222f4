"""Dead letters on disk: one file each, with a limit for their total size.

A file begins with a line of JSON with the time and the reason. The refused spans follow as an OTLP request. The file's
name ends in a hash of the spans, so the same spans are stored once, even after a kill in the middle.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_SUFFIX, _UNFINISHED = ".letter", ".unfinished"
_LONGEST_ERROR = 2000


@dataclass(frozen=True, slots=True)
class LetterHead:
    """Description of a letter, without its spans.

    Attributes:
        id: Name of the letter.
        at: Time when it was put aside, in UTC.
        reason: Reason of the refusal, in a word or two.
        error: Error text of the storage.
        spans: Number of spans.
        services: Services that sent the spans, a few of them.
        names: Names of the spans, a few of them.
        bytes: Size of the letter's file.
    """

    id: str
    at: str
    reason: str
    error: str
    spans: int
    services: tuple[str, ...]
    names: tuple[str, ...]
    bytes: int = 0


class Letterbox:
    """The folder of letters. When it is full, the oldest letters are removed; `dropped` counts their spans."""

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder, self._limit = folder, limit
        self.dropped = 0
        # Threads write letters, since a disk may be slow.
        self._lock = threading.RLock()
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.glob(f"*{_UNFINISHED}"):
            left.unlink()
        self._heads: dict[str, LetterHead] = {}
        # Sorted by time, because a name has only whole seconds.
        found = filter(None, map(_head_of, folder.glob(f"*{_SUFFIX}")))
        for head in sorted(found, key=lambda head: (head.at, head.id)):
            self._heads[head.id] = head

    def heads(self) -> list[LetterHead]:
        """Return all letters, the oldest first."""
        # Without the lock, which is held while a slow disk writes. This copy is atomic in the interpreter.
        return list(self._heads.values())

    @property
    def size(self) -> int:
        """Total size of all files, in bytes."""
        return sum(head.bytes for head in self.heads())

    @property
    def spans(self) -> int:
        """Number of spans in all letters."""
        return sum(head.spans for head in self.heads())

    def put(
        self,
        data: bytes,
        *,
        reason: str,
        error: str,
        spans: int,
        services: tuple[str, ...],
        names: tuple[str, ...],
    ) -> LetterHead:
        """Store some spans as a letter. They are synced to disk when this returns."""
        with self._lock:
            return self._put(data, LetterHead("", "", reason, error[:_LONGEST_ERROR], spans, services, names))

    def _put(self, data: bytes, said: LetterHead) -> LetterHead:
        now = datetime.now(UTC)
        digest = hashlib.blake2b(data, digest_size=6).hexdigest()
        known = next((head for head in self._heads.values() if head.id.endswith(digest)), None)
        if known is not None:
            return known
        # With microseconds, so that letters of the same second keep their order after a restart.
        said = replace(said, id=f"{now:%Y%m%dT%H%M%S}-{digest}", at=now.isoformat(timespec="microseconds"))
        line = json.dumps(asdict(said)).encode() + b"\n"
        head = replace(said, bytes=len(line) + len(data))
        self._make_room(head.bytes)
        path = self._path(head.id)
        unfinished = path.with_suffix(_UNFINISHED)
        with unfinished.open("wb") as file:
            file.write(line)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
        self._sync()
        self._heads[head.id] = head
        return head

    def data(self, id_: str) -> bytes:
        """Return the spans of a letter, as an OTLP request.

        Raises:
            KeyError: There is no such letter.
        """
        if id_ not in self._heads:
            raise KeyError(id_)
        return self._path(id_).read_bytes().partition(b"\n")[2]

    def remove(self, id_: str) -> None:
        """Remove a letter, because its spans are written or stored in another letter."""
        with self._lock:
            if self._heads.pop(id_, None) is not None:
                self._path(id_).unlink(missing_ok=True)
                self._sync()

    def _make_room(self, needed: int) -> None:
        excess = self.size + needed - self._limit
        for head in self.heads():
            if excess <= 0:
                return
            excess -= head.bytes
            self.dropped += head.spans
            self.remove(head.id)

    def _path(self, id_: str) -> Path:
        return self._folder / f"{id_}{_SUFFIX}"

    def _sync(self) -> None:
        # A new file name is durable only after its folder is synced.
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _head_of(path: Path) -> LetterHead | None:
    """Read the description at the start of a file; return None if the file is no letter."""
    try:
        with path.open("rb") as file:
            said: Mapping[str, Any] = json.loads(file.readline())
        return LetterHead(
            path.stem, said["at"], said["reason"], said["error"], int(said["spans"]),
            tuple(said["services"]), tuple(said["names"]), path.stat().st_size,
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError):
        return None
