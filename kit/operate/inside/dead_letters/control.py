"""A span that the storage has taken before, to be written again: so a refusal of another one is known to be its own.

Written again it is the same row. Without it, senders of bad spans alone would leave nothing to compare them with.
Before the storage has taken any, it is a span of this program's own, named so that people know what it is.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from kit.operate.inside.dead_letters.entrance import Entrance
from kit.operate.inside.dead_letters.evidence import Evidence
from kit.operate.inside.dead_letters.wire import field

_FILE = "written-before.otlp"
_LARGEST = 16 << 10
# A younger one is taken now and then: this one's row would come back when it is older than the retention.
_RENEWED_SECONDS = 30.0
_OLDEST_SECONDS = 1800.0
_SERVICE, _NAME = "dead-letters", "is the storage there?"


class Control:
    """The span, in memory and, for the next process, on disk."""

    def __init__(self, folder: Path, entrance: Entrance, evidence: Evidence) -> None:
        self._path, self._entrance, self._evidence = folder / _FILE, entrance, evidence
        self._span, self._at = b"", float("-inf")
        try:
            if time.time() - self._path.stat().st_mtime < _OLDEST_SECONDS:
                self._span = self._path.read_bytes()
        except OSError:
            pass

    @property
    def is_wanted(self) -> bool:
        """Whether a younger one should be remembered."""
        return self._evidence.now() - self._at > _RENEWED_SECONDS

    def remember(self, span: bytes) -> None:
        """Take a span that was just written."""
        if len(span) > _LARGEST:
            return
        self._span, self._at = span, self._evidence.now()
        unfinished = self._path.with_suffix(".unfinished")
        # Not synced: a lost one is replaced by the next, and half of one is refused and does no harm.
        unfinished.write_bytes(span)
        unfinished.replace(self._path)

    async def is_written_again(self) -> bool:
        """Whether the storage takes a span now that it has taken before; no when there is none yet."""
        return bool(self._span) and await self.is_written()

    async def is_written(self) -> bool:
        """Whether the storage takes anything now."""
        if not self._span:
            self._span = one_span(_SERVICE, _NAME, time.time_ns())
        answer = await self._entrance.send(self._span)
        if answer.written:
            self._evidence.written()
        return answer.written


def one_span(service: str, name: str, at_ns: int) -> bytes:
    """A request with a span of no length."""
    at = at_ns.to_bytes(8, "little")
    span = field(1, os.urandom(16)) + field(2, os.urandom(8)) + field(5, name.encode())
    span += b"\x39" + at + b"\x41" + at
    attribute = field(1, b"service.name") + field(2, field(1, service.encode()))
    return field(1, field(1, field(1, attribute)) + field(2, field(2, span)))
