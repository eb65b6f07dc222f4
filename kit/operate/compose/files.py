"""The Compose files of a deployment, as Compose itself finds them in its folder."""

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
    """The variables that Compose reads in a folder: those of `.env`, and over them those of the environment."""
    from dotenv import dotenv_values

    found: dict[str, str | None] = {}
    for file in _env_files(folder):
        try:
            found |= dotenv_values(file)
        except (OSError, UnicodeDecodeError):
            continue  # Compose itself says what is wrong with it
    return {**found, **os.environ}


def merged_over_stdin(folder: Path) -> list[str]:
    """Options of `docker compose` that read the rendered file from stdin and merge the others over it."""
    files = [word for path in others(folder) for word in ("-f", str(path))]
    return ["--project-directory", str(folder), "-f", "-", *files]


def others(folder: Path) -> list[Path]:
    """The files that Compose merges over the rendered one: those of COMPOSE_FILE, else the override beside it.

    Args:
        folder: the deployment's, absolute.

    Returns:
        Their absolute paths, in the order in which they are merged.
    """
    named = _named(folder)
    if named is None:
        return [folder / name for name in COMPOSE_OVERRIDES if (folder / name).exists()][:1]
    return [path for path in named if path.resolve() != (folder / COMPOSE_FILE).resolve()]


def profiles(folder: Path) -> tuple[str, ...]:
    """The profiles that COMPOSE_PROFILES switches on; `*` stands for all of them."""
    listed = (variables(folder).get("COMPOSE_PROFILES") or "").split(",")
    return tuple(name.strip() for name in listed if name.strip())


def unread(folder: Path) -> Iterator[Problem]:
    """Files of a deployment that Compose does not read, and files that it is to read and can't.

    Args:
        folder: the deployment's; its name as given is put before file names.
    """
    here = folder.resolve()
    there = [name for name in COMPOSE_OVERRIDES if (here / name).exists()]
    named = _named(here)
    if named is None:
        for name in there[1:]:
            found = f"Compose does not read this file: it takes {there[0]} alone"
            yield Problem(
                str(folder / name), 1, 1, "", found, "one override file", f"move it into {there[0]}"
            )
        return
    setting = _setting(folder)
    resolved = [path.resolve() for path in named]
    if (here / COMPOSE_FILE) not in resolved:
        fix = f"COMPOSE_FILE={os.pathsep.join([COMPOSE_FILE, *setting.names])}"
        yield setting.problem(f"{COMPOSE_FILE} is not among the files: plain `docker compose` runs without it",
                              f"{COMPOSE_FILE} first", fix)  # fmt: skip
    elif resolved[0] != here / COMPOSE_FILE:
        yield setting.problem(f"{COMPOSE_FILE} is not the first of the files, so it is merged over those before it",
                              f"{COMPOSE_FILE} first", "put it first: the others are to change it")  # fmt: skip
    for name, path in zip(setting.names, named, strict=True):
        if not path.exists() and path.resolve() != here / COMPOSE_FILE:
            yield setting.problem(
                f"{name} is not there", "files that are there", "mend the name, or remove it"
            )
    for name in there:
        if (here / name).resolve() not in resolved:
            found = "Compose does not read this file: COMPOSE_FILE does not name it"
            yield Problem(str(folder / name), 1, 1, "", found, f"{name} in COMPOSE_FILE, or no such file")


@dataclass(frozen=True, slots=True)
class _Setting:
    """Where COMPOSE_FILE is set, and what it names."""

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
    """The files of COMPOSE_FILE as they are written; None where it is not set."""
    told = variables(folder)
    named = told.get("COMPOSE_FILE")
    separator = told.get("COMPOSE_PATH_SEPARATOR") or os.pathsep
    return [name for name in named.split(separator) if name] if named else None


def _named(folder: Path) -> list[Path] | None:
    names = _names(folder)
    return None if names is None else [folder / Path(name).expanduser() for name in names]


def _env_files(folder: Path) -> list[Path]:
    """The files with variables that Compose reads, later ones count more."""
    if named := os.environ.get("COMPOSE_ENV_FILES"):
        return [folder / name for name in named.split(",") if name]
    if os.environ.get("COMPOSE_DISABLE_ENV_FILE", "").lower() in _TRUE:
        return []
    return [folder / ".env"]
