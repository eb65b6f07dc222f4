"""`kit env`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, ClassVar

import typer

app = typer.Typer(rich_markup_mode=None, add_completion=False)


class EnvironmentForm(StrEnum):
    """Output forms of an environment."""

    TEXT = "text"
    JSON = "json"
    DOTENV = "dotenv"


@dataclass(frozen=True, slots=True)
class EnvAnswer:
    """Environment variables that make a service send its traces here."""

    KIND: ClassVar = "env"

    service: Annotated[str, "name of the service"]
    environment: Annotated[dict[str, Annotated[str, "value of a variable"]], "environment variables, by name"]


@app.command()
def env(
    name: str = typer.Argument(..., metavar="NAME", help="The service's name in its traces."),
    spec: Path = typer.Option(Path("kit.yaml"), "--spec", help="The spec."),
    inside: bool = typer.Option(
        False, "--inside", help="For a container in the deployment's network (default: for this machine)."
    ),
    output: EnvironmentForm = typer.Option(
        EnvironmentForm.TEXT,
        "--output",
        help="text (for a shell's eval), dotenv (NAME=value, for docker's --env-file) or json.",
    ),
) -> None:
    """Print the environment variables that make a service in any language send its traces here.

    These are the standard variables of the OpenTelemetry SDKs. Example: eval "$(kit env shop-api)"
    """
    from kit.operate.environment import environment, lines
    from kit.printing import show
    from kit.terminal import Output

    variables = environment(spec, name, inside=inside)
    form = Output.JSON if output is EnvironmentForm.JSON else Output.TEXT
    show(EnvAnswer(name, variables), form, lines(variables, shell=output is EnvironmentForm.TEXT))
