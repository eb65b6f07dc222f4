"""`kit schema`."""

from __future__ import annotations

from pathlib import Path

import typer

from kit.terminal import Output, answer, data

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)

_SPEC = typer.Option(Path("kit.yaml"), "--spec", help="The spec.")


@app.callback()
def schema() -> None:
    """The database's schema: show it, apply it."""


@app.command()
def show(
    spec: Path = _SPEC,
    native: bool = typer.Option(False, "--native", help="For the native target's database."),
) -> None:
    """Print the schema that the spec asks for.

    Example: kit schema show --native
    """
    data(_script(spec, native=native).rstrip("\n"))


@app.command()
def apply(
    spec: Path = _SPEC,
    file: Path | None = typer.Option(
        None, "--file", help="A rendered schema; else it is rendered from the spec."
    ),
    contact_point: list[str] = typer.Option(
        [], "--contact-point", help="host:port of a node; may be repeated. Else the deployment of the spec."
    ),
    datacenter: str = typer.Option(
        "", "--datacenter", help="The nodes' own name of it; else that of the spec."
    ),
    wait: str = typer.Option("30s", "--wait", help="How long to wait for the database."),
    output: Output = typer.Option(Output.TEXT, "--output", help="text or json."),
) -> None:
    """Create what is missing of Jaeger's tables, and check that all of it is there.

    A second time changes nothing. Example: kit schema apply
    """
    from kit.cli.waiting import wait_seconds
    from kit.operate.schema import Cluster
    from kit.operate.schema import apply as apply_schema

    seconds = wait_seconds(wait)
    points, local = _cluster_of(spec, contact_point, datacenter)
    script = _read(file) if file else _script(spec, native=True)
    done = apply_schema(script, Cluster(points, local, seconds))
    if output is Output.JSON:
        answer(
            "schema.apply", ok=True, keyspace=done.keyspace, statements=done.statements, created=done.created
        )
    elif done.created:
        data(f"created in {done.keyspace}: {', '.join(done.created)}")
    else:
        data(f"{done.keyspace} is complete; nothing was changed")


def _cluster_of(spec: Path, contact_points: list[str], datacenter: str) -> tuple[list[str], str]:
    if contact_points and datacenter:
        return contact_points, datacenter
    from generator.deployment.network import CQL
    from generator.deployment.target import Target
    from kit.operate.deployment import load

    deployment = load(spec, Target.NATIVE)
    # Compose publishes the database on the same port that it has natively.
    here = f"127.0.0.1:{deployment.network.published(CQL)}"
    return contact_points or [here], datacenter or deployment.storage.datacenter


def _script(spec: Path, *, native: bool) -> str:
    from generator.components.scylla import SCHEMA
    from generator.deployment.target import Target
    from generator.render import render_files
    from kit.errors import UserError
    from kit.operate.deployment import load

    deployment = load(spec, Target.NATIVE if native else Target.COMPOSE)
    files = render_files(deployment)
    if SCHEMA not in files:
        raise UserError(
            f"{deployment.storage.engine} has no schema: Jaeger keeps it itself",
            hint="only scylla and cassandra do",
        )
    return files[SCHEMA]


def _read(file: Path) -> str:
    from kit.errors import UserError

    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise UserError(
            f"{file}: can't be read: {reason}", hint="`kit generate` renders scylla/schema.cql"
        ) from None
