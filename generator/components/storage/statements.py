"""Split a CQL script into its statements."""

from __future__ import annotations

import re

# Comments, quoted text and all other text; only in other text does a `;` end a statement.
_PIECE = re.compile(
    r"--[^\n]*|//[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|;|[^-/'\";]+|.", re.DOTALL
)


def statements(script: str) -> list[str]:
    """Return the statements of a script, without comments and without the `;`."""
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
