"""Dead letters on disk: one file each, with a limit for all of them together.

A file is a line of JSON, which says when and why, and then the refused spans as an OTLP request. Its name ends in a
hash of the spans: the same ones are kept once, whatever was killed in the middle of it.
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
    """What is known of a letter without its spans.

    Attributes:
        id: Its name.
        at: When it was put aside, UTC.
        reason: Why, in a word or two.
        error: The storage's own words.
        spans: How many.
        services: Those that sent them.
        names: Of the spans, a few.
        bytes: Of its file.
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
    """The folder. When it is full the oldest letters go: `dropped` counts their spans."""

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder, self._limit = folder, limit
        self.dropped = 0
        # Letters are put by threads, since a disk may be slow.
        self._lock = threading.RLock()
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.glob(f"*{_UNFINISHED}"):
            left.unlink()
        self._heads: dict[str, LetterHead] = {}
        # By time and not by name, which has only seconds.
        found = filter(None, map(_head_of, folder.glob(f"*{_SUFFIX}")))
        for head in sorted(found, key=lambda head: (head.at, head.id)):
            self._heads[head.id] = head

    def heads(self) -> list[LetterHead]:
        """All letters, the oldest first."""
        # Without the lock, which is held while a slow disk writes: this is one step of the interpreter.
        return list(self._heads.values())

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(head.bytes for head in self.heads())

    @property
    def spans(self) -> int:
        """In all letters."""
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
        """Keep some spans: they are on the disk when this returns."""
        with self._lock:
            return self._put(data, LetterHead("", "", reason, error[:_LONGEST_ERROR], spans, services, names))

    def _put(self, data: bytes, said: LetterHead) -> LetterHead:
        now = datetime.now(UTC)
        digest = hashlib.blake2b(data, digest_size=6).hexdigest()
        known = next((head for head in self._heads.values() if head.id.endswith(digest)), None)
        if known is not None:
            return known
        # With microseconds: letters of one second keep their order over a restart.
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
        """The spans of a letter, as an OTLP request.

        Raises:
            KeyError: there is no such letter.
        """
        if id_ not in self._heads:
            raise KeyError(id_)
        return self._path(id_).read_bytes().partition(b"\n")[2]

    def remove(self, id_: str) -> None:
        """Forget a letter: its spans are written, or in another one."""
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
        # A new name is safe when its folder is.
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _head_of(path: Path) -> LetterHead | None:
    """What a file says of itself; None for one that is no letter."""
    try:
        with path.open("rb") as file:
            said: Mapping[str, Any] = json.loads(file.readline())
        return LetterHead(
            path.stem, said["at"], said["reason"], said["error"], int(said["spans"]),
            tuple(said["services"]), tuple(said["names"]), path.stat().st_size,
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError):
        return None
