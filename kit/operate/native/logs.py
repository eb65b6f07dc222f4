"""`kit logs` for the native target: the last lines of each component's log, and new ones."""

from __future__ import annotations

import difflib
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from kit.errors import UserError
from kit.operate.log_query import LogQuery
from kit.operate.native.home import Home
from kit.operate.native.line_times import with_times
from kit.operate.native.supervisor import tail
from kit.terminal import data, dim

_POLL_SECONDS = 0.2


def show(home: Home, components: Sequence[str], query: LogQuery) -> None:
    """Print logs to stdout; with several components each line starts with the component's name.

    Raises:
        UserError: there are no logs, or none of this component.
    """
    known = sorted(path.stem for path in home.logs.glob("*.log"))
    if not known:
        raise UserError("there are no logs here", hint="kit up --target native")
    for name in components:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else "components: " + ", ".join(known)
            raise UserError(f"no component named {name}", hint=hint)
    wanted = list(components) or known
    width = max(map(len, wanted)) if len(wanted) > 1 else 0
    ends = {name: _size(home.log(name)) for name in wanted}
    for name in wanted:
        for line in _lines(home.log(name), query):
            _print(name, line, width)
    while query.follow:
        sys.stdout.flush()
        if query.until is not None and datetime.now(UTC) >= query.until:
            return
        time.sleep(_POLL_SECONDS)
        for name in wanted:
            ends[name] = _new_lines(home.log(name), ends[name], name, width, query)


def _lines(path: Path, query: LogQuery) -> list[str]:
    if query.lines is not None and not query.chooses:
        return tail(path, query.lines) if query.lines else []
    # Rotated files come first: `.2` is older than `.1`.
    parts = [*sorted(path.parent.glob(f"{path.name}.[0-9]"), reverse=True), path]
    written = (line for part in parts for line in _text(part).splitlines())
    return query.last(line for line, moment in _timed(written, path) if query.takes(line, moment))


def _timed(lines: Iterable[str], path: Path) -> Iterator[tuple[str, datetime | None]]:
    """Yield lines with their times; if no line has one, all have the time of the last write."""
    found = list(with_times(lines))
    if found and found[-1][1] is None and path.exists():
        last = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        return ((line, last) for line, _ in found)
    return iter(found)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""


def _new_lines(path: Path, end: int, name: str, width: int, query: LogQuery) -> int:
    size = _size(path)
    if size < end:
        # The log was rotated.
        end = 0
    if size == end:
        return end
    with path.open("rb") as file:
        file.seek(end)
        new = file.read(size - end)
    whole = new.rfind(b"\n") + 1
    for line, moment in with_times(new[:whole].decode("utf-8", "replace").splitlines()):
        if query.takes(line, moment):
            _print(name, line, width)
    return end + whole


def _print(name: str, line: str, width: int) -> None:
    data(f"{dim(f'{name:<{width}} |', sys.stdout)} {line}" if width else line)


def _size(path: Path) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116  # pathlib's has no advantage in a loop
    except FileNotFoundError:
        return 0
