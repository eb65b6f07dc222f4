"""Write an unexpected error to a log file that can be attached to an issue."""

from __future__ import annotations

import platform
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from kit.terminal import fail

DEFECT = 4


def report_defect(error: BaseException, arguments: Sequence[str]) -> int:
    """Write a log file, print its path, and return the exit code."""
    text = "\n".join(
        [
            f"kit {version('tracing-kit')}, Python {platform.python_version()}, {platform.platform()}",
            f"command: kit {' '.join(arguments)}",
            "",
            *traceback.format_exception(error),
        ]
    )
    where = _write(text)
    fail(
        f"a defect of the kit: {type(error).__name__}: {error}",
        f"please report it with this file: {where}"
        if where
        else "no folder is writable, so the log follows here",
    )
    if where is None:
        sys.stderr.write(text)
    return DEFECT


def _write(text: str) -> Path | None:
    from platformdirs import user_log_path

    name = f"kit-{time.strftime('%Y%m%d-%H%M%S')}.log"
    for folder in (user_log_path("tracing-kit"), Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        except OSError:
            continue
        return folder / name
    return None
