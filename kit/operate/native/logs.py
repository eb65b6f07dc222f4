"""`kit logs`: the last lines of each component's log, and what comes after them."""

from __future__ import annotations

import difflib
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from kit.errors import UserError
from kit.operate.native.home import Home
from kit.operate.native.supervisor import tail
from kit.terminal import data, dim

_POLL_SECONDS = 0.2


def show(home: Home, components: Sequence[str], *, lines: int, follow: bool) -> None:
    """Print logs to stdout, each line behind its component's name when there are several.

    Raises:
        UserError: nothing has run here, or not that component.
    """
    known = sorted(path.stem for path in home.logs.glob("*.log"))
    if not known:
        raise UserError("there are no logs here", hint="kit up --target native")
    for name in components:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else "there are " + ", ".join(known)
            raise UserError(f"no component named {name}", hint=hint)
    wanted = list(components) or known
    width = max(map(len, wanted)) if len(wanted) > 1 else 0
    ends = {name: _size(home.log(name)) for name in wanted}
    for name in wanted:
        for line in tail(home.log(name), lines) if lines else []:
            _print(name, line, width)
    while follow:
        sys.stdout.flush()
        time.sleep(_POLL_SECONDS)
        for name in wanted:
            ends[name] = _new_lines(home.log(name), ends[name], name, width)


def _new_lines(path: Path, end: int, name: str, width: int) -> int:
    size = _size(path)
    if size < end:
        # It was rotated.
        end = 0
    if size == end:
        return end
    with path.open("rb") as file:
        file.seek(end)
        new = file.read(size - end)
    whole = new.rfind(b"\n") + 1
    for line in new[:whole].decode("utf-8", "replace").splitlines():
        _print(name, line, width)
    return end + whole


def _print(name: str, line: str, width: int) -> None:
    data(f"{dim(f'{name:<{width}} |', sys.stdout)} {line}" if width else line)


def _size(path: Path) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116  # pathlib's has no advantage in a loop
    except FileNotFoundError:
        return 0
