"""Width of text answers."""

from __future__ import annotations

import os
import shutil
import sys


def answer_width() -> int | None:
    """Return the width for a text answer: `COLUMNS` if it is set, else the terminal's width.

    None in a pipe without `COLUMNS`: lines are not cut there.
    """
    text = os.environ.get("COLUMNS", "")
    if text.isdecimal() and int(text) > 0:
        return int(text)
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
