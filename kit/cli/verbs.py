"""The verbs of `kit`: each lives in the module of its name."""

from __future__ import annotations

import typer

from kit.cli.lazy_verbs import LazyVerbs

VERBS = {
    "init": "Write a commented kit.yaml to start from.",
    "validate": "Check the spec, what is rendered from it, and your overrides.",
    "generate": "Render every config from kit.yaml.",
    "explain": "Tell a rule: reason, source, fix, examples; or the fields of a JSON answer.",
    "up": "Start the deployment on this machine.",
    "demo": "Start it, send it requests, and show one trace through both queues.",
    "status": "Show each component: running, ready, memory, ports.",
    "verify": "Follow marked requests through it, and account for every span.",
    "queues": "Show what waits in the queues and what could not be done; requeue dead letters.",
    "deadletters": "Show the spans that the storage refused, and send them again.",
    "logs": "Show the components' logs.",
    "env": "Print the environment that makes a service send its traces here.",
    "down": "Stop the deployment.",
    "schema": "The database's schema: show it, apply it, compare it with the live one.",
    "dependencies": "Compute which service calls which, for the graph in Jaeger.",
    "versions": "Show which versions are pinned, since when, and what is known to be newer.",
    "doctor": "Say what is wrong on this machine or in this deployment.",
    "completion": "Print the script that completes verbs and options in bash, zsh or fish.",
    "traces": "Find traces, look at one, and ask what is slow: endpoints, queues, critical path.",
}


class Verbs(LazyVerbs):
    """The top-level group."""

    package = "kit.cli"
    verbs = VERBS


app = typer.Typer(cls=Verbs, add_completion=False, no_args_is_help=True, rich_markup_mode=None)


def _version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        typer.echo(f"kit {version('tracing-kit')}")
        raise typer.Exit


@app.callback()
def _kit(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Show the version."
    ),
) -> None:
    """One spec, one command: OpenTelemetry Collector, Jaeger and ScyllaDB, rendered, run and read back.

    Exit codes: 0 fine; 1 findings, drift or a mistake in your input; 2 wrong usage; 3 the machine (a port,
    a service that is down); 4 a defect of the kit; 5 not enough data; 130 interrupted.
    """
