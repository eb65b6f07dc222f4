"""The verbs of `kit`. Each is a module of the same name."""

from __future__ import annotations

import typer

from kit.cli.lazy_verbs import LazyVerbs

VERBS = {
    "init": "Write a commented kit.yaml to start from.",
    "validate": "Check the spec, the rendered files and your overrides.",
    "generate": "Render every config from kit.yaml.",
    "explain": "Explain a rule (reason, source, fix, examples), or list the fields of a JSON answer.",
    "up": "Start the deployment on this machine.",
    "demo": "Start the deployment, send requests, and show one trace through both queues.",
    "status": "Show each component: running, ready, memory, ports.",
    "verify": "Follow marked requests through the deployment, and account for every span.",
    "queues": "Show waiting entries and dead letters of the queues; requeue dead letters.",
    "deadletters": "Show the spans that the storage refused, and send them again.",
    "slo": "Show the objectives: measured, error budget left, burn rate, and traces that spent it.",
    "logs": "Show the components' logs.",
    "env": "Print the environment variables that make a service send its traces here.",
    "down": "Stop the deployment.",
    "schema": "Show or apply the database's schema, or compare it with the live one.",
    "dashboards": "Write the dashboards as files for a Grafana elsewhere.",
    "dependencies": "Compute which service calls which, for the graph in Jaeger.",
    "versions": "Show the pinned versions, their age, and known newer releases.",
    "doctor": "Find problems on this machine and in this deployment.",
    "completion": "Print the script that completes verbs and options in bash, zsh or fish.",
    "traces": "Search and show traces, and find what is slow: endpoints, queues, critical path.",
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
    """Configure, run and check OpenTelemetry Collector, Jaeger and ScyllaDB from one spec.

    Exit codes: 0 success. 1 findings, drift or a mistake in your input. 2 wrong usage. 3 the machine, such as
    a used port or a service that is down. 4 a defect of the kit. 5 not enough data. 130 interrupted.
    """
