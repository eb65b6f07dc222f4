"""The Compose files of a deployment, as Compose itself finds them in its folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from generator.overrides import COMPOSE_OVERRIDE
from generator.targets.compose import COMPOSE_FILE


def variables(folder: Path) -> Mapping[str, str | None]:
    """The variables that Compose reads in a folder: those of `.env`, and over them those of the environment."""
    from dotenv import dotenv_values

    return {**dotenv_values(folder / ".env"), **os.environ}


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
    told = variables(folder)
    named = told.get("COMPOSE_FILE")
    if not named:
        names = (COMPOSE_OVERRIDE, "compose.override.yml")
        return [folder / name for name in names if (folder / name).is_file()][:1]
    separator = told.get("COMPOSE_PATH_SEPARATOR") or os.pathsep
    paths = [folder / name for name in named.split(separator) if name]
    return [path for path in paths if path.resolve() != (folder / COMPOSE_FILE).resolve()]
