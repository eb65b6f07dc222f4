"""A CQL script ⇒ its statements."""

from __future__ import annotations

import re

# Comments, quoted text and everything else; a `;` ends a statement only in the last.
_PIECE = re.compile(
    r"--[^\n]*|//[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|;|[^-/'\";]+|.", re.DOTALL
)


def statements(script: str) -> list[str]:
    """The statements of a script, without comments and without the `;`."""
    found: list[str] = []
    current: list[str] = []
    for piece in _PIECE.findall(script):
        if piece == ";":
            found.append("".join(current).strip())
            current = []
        elif not piece.startswith(("--", "//", "/*")):
            current.append(piece)
    found.append("".join(current).strip())
    return [statement for statement in found if statement]
