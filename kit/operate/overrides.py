"""Read the overrides of the deployment in a folder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from generator.overrides import COLLECTOR_OVERRIDE, COMPOSE_OVERRIDE, UI_OVERRIDE, Overrides
from generator.overrides.parse import OverrideError, problems
from generator.spec.problem import Problem, SpecError
from kit.operate.compose.files import others, profiles

# An override is a page or two: a larger file was put there by mistake.
_MAX_BYTES = 1 << 20


def read_overrides(folder: Path) -> tuple[Overrides, list[Problem]]:
    """Return the overrides that can be used, and the problems of the other files.

    Args:
        folder: the deployment's folder; problems name it as it is given here.
    """
    texts: dict[str, str] = {}
    wrong: list[Problem] = []
    here = folder.resolve()
    compose = [os.path.relpath(path, here) for path in others(here)]
    for file in (*compose, COLLECTOR_OVERRIDE, UI_OVERRIDE):
        try:
            texts[file] = _read(folder / file)
        except SpecError as error:
            wrong += error.problems
    shown = "" if folder == Path() else str(folder)
    by_file = problems(_layer(texts, compose), shown)
    wrong += [problem for of_file in by_file.values() for problem in of_file]
    layer = _layer({file: text for file, text in texts.items() if file not in by_file}, compose)
    return replace(layer, profiles=profiles(here)), wrong


def load_overrides(folder: Path) -> Overrides:
    """Return the overrides of a folder.

    Raises:
        OverrideError: a file is invalid; the error holds all problems.
    """
    overrides, wrong = read_overrides(folder)
    if wrong:
        raise OverrideError(wrong)
    return overrides


def _layer(texts: dict[str, str], compose: Sequence[str]) -> Overrides:
    first, *more = [(file, texts.get(file, "")) for file in compose] or [(COMPOSE_OVERRIDE, "")]
    return Overrides(
        compose=first[1],
        collector=texts.get(COLLECTOR_OVERRIDE, ""),
        jaeger_ui=texts.get(UI_OVERRIDE, ""),
        compose_file=first[0],
        further=tuple(more),
    )


def _read(path: Path) -> str:
    def refuse(found: str, expected: str, fix: str) -> OverrideError:
        return OverrideError([Problem(str(path), 0, 0, "", found, expected, fix)])

    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except IsADirectoryError:
        raise refuse(
            "this is a directory",
            "a file",
            "remove it with rmdir: Docker creates a directory where a mounted file is missing",
        ) from None
    except OSError as error:
        raise refuse(f"can't be read: {error.strerror}", "a readable file", "check its permissions") from None
    if len(data) > _MAX_BYTES:
        raise refuse(f"{len(data):,} bytes", f"at most {_MAX_BYTES:,} bytes", "is this the right file?")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refuse(
            f"byte 0x{data[error.start]:02x} is not UTF-8", "UTF-8 text", "save it as UTF-8"
        ) from None
    return text if text.strip() else ""
