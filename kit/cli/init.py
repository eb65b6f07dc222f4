"""`kit init`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import typer

from kit.errors import UsageError, UserError
from kit.terminal import data, say

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def init(
    name: str = typer.Option("", "--name", help="The deployment's name (default: this folder's name)."),
    spec: Path = typer.Option(Path("kit.yaml"), "--spec", help="The file to write."),
    stdout: bool = typer.Option(False, "--stdout", help="Print the spec instead of writing a file."),
    json_schema: bool = typer.Option(
        False, "--json-schema", help="Print the spec's JSON Schema, for editors."
    ),
) -> None:
    """Write a commented kit.yaml to start from.

    Example: kit init --name coupons
    """
    if json_schema:
        from generator.kit_yaml import spec_json_schema

        data(json.dumps(spec_json_schema(), indent=2))
        return
    from generator.kit_yaml import parse_spec, starter_spec
    from generator.spec.problem import SpecError

    text = starter_spec(name or _name_of(Path.cwd()))
    try:
        parse_spec(text, str(spec))
    except SpecError as error:
        # The starter spec is valid, so the name is wrong.
        raise UsageError(
            f"--name {name!r}: {error.problems[0].expected or error.problems[0].found}",
            hint=f"for example --name {_slug(name) or 'tracing'}",
        ) from None
    if stdout:
        data(text.rstrip("\n"))
        return
    try:
        with spec.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UserError(
            f"{spec} already exists", hint="edit it, or choose another file: --spec FILE"
        ) from None
    except OSError as error:
        raise UserError(
            f"{spec}: can't be written: {error.strerror}", hint="check that its folder exists and is writable"
        ) from None
    say(f"wrote {spec}; next: kit generate")


def _name_of(folder: Path) -> str:
    return _slug(folder.name) or "tracing"


def _slug(text: str) -> str:
    """Return the nearest valid deployment name, or an empty string."""
    name = re.sub(r"[^a-z0-9-]+", "-", text.lower()).strip("-")[:31].rstrip("-")
    return name if re.fullmatch(r"[a-z][a-z0-9-]*", name) else ""
