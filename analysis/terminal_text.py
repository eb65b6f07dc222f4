"""Text for a terminal: measure its width, cut and pad it, and colour it."""

from __future__ import annotations

import re
import unicodedata

RESET = "\x1b[0m"
DIM = "\x1b[2m"
BOLD = "\x1b[1m"
RED = "\x1b[31m"
SERVICE_COLOURS = (
    "\x1b[36m",
    "\x1b[33m",
    "\x1b[35m",
    "\x1b[32m",
    "\x1b[34m",
    "\x1b[96m",
    "\x1b[93m",
    "\x1b[95m",
)
"""Cyan, yellow, magenta, green, …; red is reserved for errors."""

_COLOUR = re.compile(r"\x1b\[\d+m")


def painted(text: str, colour: str, enabled: bool) -> str:
    """Colour the text; return it unchanged if colour is off or the text is blank."""
    return f"{colour}{text}{RESET}" if enabled and colour and text.strip() else text


def printable(text: str, *, ascii_only: bool = False) -> str:
    """Replace control characters, such as line ends and escape sequences.

    Args:
        text: any text, such as a span's name.
        ascii_only: also replace what is not ASCII.
    """
    shown = "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text
    )
    return shown.encode("ascii", "replace").decode() if ascii_only else shown


def width_of(text: str) -> int:
    """Return the text's width in columns: two for a wide East Asian character, zero for combining ones and colours."""
    if "\x1b" in text:
        text = _COLOUR.sub("", text)
    return len(text) if text.isascii() else sum(_width(character) for character in text)


def fitted(text: str, width: int, *, right: bool = False, ellipsis: str = "…") -> str:
    """Pad the text to the width, or cut it with an ellipsis.

    Args:
        text: printable text.
        width: columns; at least the width of the ellipsis.
        right: align right, for numbers.
        ellipsis: text in place of the part that was cut.
    """
    space = width - width_of(text)
    if space < 0:
        kept, room = "", width - width_of(ellipsis)
        for character in text:
            room -= _width(character)
            if room < 0:
                break
            kept += character
        text = kept + ellipsis
        space = width - width_of(text)
    return " " * space + text if right else text + " " * space


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
