"""A control span that the storage has accepted before. If it is accepted again, a refused span is itself at fault.

Writing it again changes only the same row. Without it, there is nothing to compare with when all senders send bad
spans. Before the storage has accepted any span, this program makes one, with a name that explains it to people.
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
# The control span is replaced from time to time. A span older than the retention would write an expired row again.
_RENEWED_SECONDS = 30.0
_OLDEST_SECONDS = 1800.0
_SERVICE, _NAME = "dead-letters", "is the storage there?"


class Control:
    """The control span, in memory and, for the next process, on disk."""

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
        """Whether a newer span should be remembered."""
        return self._evidence.now() - self._at > _RENEWED_SECONDS

    def remember(self, span: bytes) -> None:
        """Remember a span that was just written."""
        if len(span) > _LARGEST:
            return
        self._span, self._at = span, self._evidence.now()
        unfinished = self._path.with_suffix(".unfinished")
        # Not synced: a lost span is replaced by the next one, and half a span is refused without harm.
        unfinished.write_bytes(span)
        unfinished.replace(self._path)

    async def is_written_again(self) -> bool:
        """Whether the storage now accepts a span that it has accepted before. False if there is none yet."""
        return bool(self._span) and await self.is_written()

    async def is_written(self) -> bool:
        """Whether the storage accepts any span now."""
        if not self._span:
            self._span = one_span(_SERVICE, _NAME, time.time_ns())
        answer = await self._entrance.send(self._span)
        if answer.written:
            self._evidence.written()
        return answer.written


def one_span(service: str, name: str, at_ns: int) -> bytes:
    """Return a request with one span whose duration is zero."""
    at = at_ns.to_bytes(8, "little")
    span = field(1, os.urandom(16)) + field(2, os.urandom(8)) + field(5, name.encode())
    span += b"\x39" + at + b"\x41" + at
    attribute = field(1, b"service.name") + field(2, field(1, service.encode()))
    return field(1, field(1, field(1, attribute)) + field(2, field(2, span)))
