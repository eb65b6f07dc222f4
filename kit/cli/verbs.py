"""The verbs and where each lives. A verb's module is imported when it is called, not for `--help`."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

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
    "logs": "Show the components' logs.",
    "env": "Print the environment that makes a service send its traces here.",
    "down": "Stop the deployment.",
    "schema": "The database's schema: show it, apply it, compare it with the live one.",
    "dependencies": "Compute which service calls which, for the graph in Jaeger.",
    "doctor": "Say what is wrong on this machine or in this deployment.",
    "traces": "Find traces, look at one, and ask what is slow: endpoints, queues, critical path.",
}


class Verbs(TyperGroup):
    """The top-level group, which knows its commands by name."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """All verbs, in the order in which a newcomer meets them."""
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """Import a verb's module and make its command."""
        if cmd_name not in VERBS:
            return None
        command = get_command(import_module(f"kit.cli.{cmd_name}").app)
        command.name = cmd_name
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """List the verbs without importing one."""
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Name the nearest verb for a typo, without importing any."""
        if args and not args[0].startswith("-") and args[0] not in VERBS:
            from difflib import get_close_matches

            near = get_close_matches(args[0], list(VERBS), n=1)
            ctx.fail(f"No such command '{args[0]}'." + (f" Did you mean '{near[0]}'?" if near else ""))
        return super().resolve_command(ctx, args)


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
