"""Find the Compose files and variables of a deployment's folder, by Compose's own rules."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from generator.overrides import COMPOSE_OVERRIDES
from generator.spec.problem import Problem
from generator.targets.compose import COMPOSE_FILE

_TRUE = ("1", "t", "true", "y", "yes")


def variables(folder: Path) -> Mapping[str, str | None]:
    """Return the variables that Compose reads in a folder: `.env`, overridden by the environment."""
    from dotenv import dotenv_values

    found: dict[str, str | None] = {}
    for file in _env_files(folder):
        try:
            found |= dotenv_values(file)
        except (OSError, UnicodeDecodeError):
            continue  # Compose itself reports the error
    return {**found, **os.environ}


def merged_over_stdin(folder: Path) -> list[str]:
    """Return options for `docker compose`: the rendered file from stdin, with the other files merged over it."""
    files = [word for path in others(folder) for word in ("-f", str(path))]
    return ["--project-directory", str(folder), "-f", "-", *files]


def others(folder: Path) -> list[Path]:
    """Return the files that Compose merges over the rendered one: from COMPOSE_FILE, else the override beside it.

    Args:
        folder: the deployment's folder, absolute.

    Returns:
        Their absolute paths, in merge order.
    """
    named = _named(folder)
    if named is None:
        return [folder / name for name in COMPOSE_OVERRIDES if (folder / name).exists()][:1]
    return [path for path in named if path.resolve() != (folder / COMPOSE_FILE).resolve()]


def profiles(folder: Path) -> tuple[str, ...]:
    """Return the profiles that COMPOSE_PROFILES enables; `*` stands for all."""
    listed = (variables(folder).get("COMPOSE_PROFILES") or "").split(",")
    return tuple(name.strip() for name in listed if name.strip())


def unread(folder: Path) -> Iterator[Problem]:
    """Yield problems: override files that Compose ignores, and files in COMPOSE_FILE that are missing.

    Args:
        folder: the deployment's folder; problems name it as it is given here.
    """
    here = folder.resolve()
    there = [name for name in COMPOSE_OVERRIDES if (here / name).exists()]
    named = _named(here)
    if named is None:
        for name in there[1:]:
            found = f"Compose does not read this file: it reads only {there[0]}"
            yield Problem(
                str(folder / name), 1, 1, "", found, "one override file", f"move it into {there[0]}"
            )
        return
    setting = _setting(folder)
    resolved = [path.resolve() for path in named]
    if (here / COMPOSE_FILE) not in resolved:
        fix = f"COMPOSE_FILE={os.pathsep.join([COMPOSE_FILE, *setting.names])}"
        yield setting.problem(f"{COMPOSE_FILE} is not in the list: plain `docker compose` runs without it",
                              f"{COMPOSE_FILE} first", fix)  # fmt: skip
    elif resolved[0] != here / COMPOSE_FILE:
        yield setting.problem(f"{COMPOSE_FILE} is not the first in the list, so it overrides the files before it",
                              f"{COMPOSE_FILE} first", "put it first, so that the other files override it")  # fmt: skip
    for name, path in zip(setting.names, named, strict=True):
        if not path.exists() and path.resolve() != here / COMPOSE_FILE:
            yield setting.problem(
                f"{name} does not exist", "existing files", "correct the name, or remove it"
            )
    for name in there:
        if (here / name).resolve() not in resolved:
            found = "Compose does not read this file: COMPOSE_FILE does not name it"
            yield Problem(str(folder / name), 1, 1, "", found, f"{name} in COMPOSE_FILE, or the file removed")


@dataclass(frozen=True, slots=True)
class _Setting:
    """The place where COMPOSE_FILE is set, and its files."""

    file: str
    line: int
    names: list[str]

    def problem(self, found: str, expected: str, fix: str) -> Problem:
        return Problem(self.file, self.line, 1 if self.line else 0, "COMPOSE_FILE", found, expected, fix)


def _setting(folder: Path) -> _Setting:
    names = _names(folder.resolve()) or []
    if "COMPOSE_FILE" in os.environ:
        return _Setting("the environment", 0, names)
    for file in _env_files(folder):
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines() if file.is_file() else []
        for number, line in enumerate(lines, 1):
            if line.removeprefix("export ").lstrip().startswith("COMPOSE_FILE"):
                return _Setting(str(file), number, names)
    return _Setting(str(folder / ".env"), 0, names)


def _names(folder: Path) -> list[str] | None:
    """Return the files in COMPOSE_FILE, as written; None if it is not set."""
    told = variables(folder)
    named = told.get("COMPOSE_FILE")
    separator = told.get("COMPOSE_PATH_SEPARATOR") or os.pathsep
    return [name for name in named.split(separator) if name] if named else None


def _named(folder: Path) -> list[Path] | None:
    names = _names(folder)
    return None if names is None else [folder / Path(name).expanduser() for name in names]


def _env_files(folder: Path) -> list[Path]:
    """Return the env files that Compose reads; later ones override earlier ones."""
    if named := os.environ.get("COMPOSE_ENV_FILES"):
        return [folder / name for name in named.split(",") if name]
    if os.environ.get("COMPOSE_DISABLE_ENV_FILE", "").lower() in _TRUE:
        return []
    return [folder / ".env"]
