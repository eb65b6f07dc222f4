"""Lines of a native log have a largest length.

Jaeger logs the whole statement that the database did not take, up to megabytes in one line. A few of them would
rotate every useful line out of the log. `supervisor` has no setting for that.
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
    """Cuts lines that come in pieces.

    Args:
        longest: Bytes of a line that are kept, without its end.
    """

    def __init__(self, longest: int = LONGEST_LINE) -> None:
        self._longest = longest
        # Bytes of the line that is not at its end yet.
        self._seen = 0

    def cut(self, data: bytes) -> bytes:
        """The next piece of a log, without what is too long of each line; the mark is where it was cut."""
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
    """Make a dispatcher of a process's output cut its lines before it logs them."""
    log: Callable[[Any, bytes], None] = dispatcher._log

    def cut(self: Any, data: bytes) -> None:
        if not hasattr(self, "line_cutter"):
            self.line_cutter = LineCutter()
        log(self, self.line_cutter.cut(data))

    dispatcher._log = cut
