"""`kit env`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import typer

app = typer.Typer(rich_markup_mode=None)


class Form(StrEnum):
    """The forms of an environment."""

    TEXT = "text"
    JSON = "json"
    DOTENV = "dotenv"


@app.command()
def env(
    name: str = typer.Argument(
        ..., metavar="NAME", help="The service's name, as it will stand in its traces."
    ),
    spec: Path = typer.Option(Path("kit.yaml"), "--spec", help="The spec."),
    inside: bool = typer.Option(
        False, "--inside", help="For a container in the deployment's own network; else for this machine."
    ),
    output: Form = typer.Option(
        Form.TEXT,
        "--output",
        help="text: for a shell's eval; dotenv: NAME=value, as docker's --env-file; json.",
    ),
) -> None:
    """Print the environment that makes any service send its traces here, whatever its language.

    They are the standard variables of the OpenTelemetry SDKs. Example: eval "$(kit env shop-api)"
    """
    from kit.operate.environment import environment, lines
    from kit.terminal import answer, data

    variables = environment(spec, name, inside=inside)
    if output is Form.JSON:
        answer("env", service=name, environment=variables)
        return
    for line in lines(variables, shell=output is Form.TEXT):
        data(line)
