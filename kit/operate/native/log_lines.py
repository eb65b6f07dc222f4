"""Limit the length of lines in native logs.

Jaeger logs each statement that the database refused, in one line of up to megabytes. A few of them would
rotate every useful line out of the log. `supervisor` has no setting for this.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_LINE = 4096
_MARK = b" [... cut]"
_LINES = re.compile(rb"[^\n]*\n|[^\n]+")


class LineCutter:
    """Cuts long lines in a stream that arrives in pieces.

    Args:
        longest: Number of bytes to keep of a line, without its newline.
    """

    def __init__(self, longest: int = LONGEST_LINE) -> None:
        self._longest = longest
        # Length so far of the current, unfinished line.
        self._seen = 0

    def cut(self, data: bytes) -> bytes:
        """Return the next piece of a log with long lines cut; a mark shows each cut."""
        out = []
        for line in _LINES.findall(data):
            content = line.rstrip(b"\n")
            room = max(0, self._longest - self._seen)
            out.append(content[:room])
            if self._seen <= self._longest < self._seen + len(content):
                out.append(_MARK)
            out.append(line[len(content) :])
            self._seen = 0 if line.endswith(b"\n") else self._seen + len(content)
        return b"".join(out)


def cut_lines(dispatcher: type[Any]) -> None:
    """Patch the dispatcher of a process's output to cut long lines before it logs them."""
    log: Callable[[Any, bytes], None] = dispatcher._log

    def cut(self: Any, data: bytes) -> None:
        if not hasattr(self, "line_cutter"):
            self.line_cutter = LineCutter()
        log(self, self.line_cutter.cut(data))

    dispatcher._log = cut
