"""The columns that an answer for a person may take."""

from __future__ import annotations

import os
import shutil
import sys


def answer_width() -> int | None:
    """Columns to fit an answer into: `COLUMNS` if it is set, else the terminal's.

    None in a pipe without `COLUMNS`: nothing is cut there.
    """
    text = os.environ.get("COLUMNS", "")
    if text.isdecimal() and int(text) > 0:
        return int(text)
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
