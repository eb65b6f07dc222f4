"""`kit schema`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from generator.components.storage.plan import StoragePlan
from kit import printing
from kit.cli.database import SPEC, WAIT, Connection
from kit.cli.option_groups import takes_groups
from kit.terminal import Output, say

if TYPE_CHECKING:
    from generator.deployment.model import Deployment
    from kit.operate.schema import Cluster, Server

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, add_completion=False)

_FILE = typer.Option(None, "--file", help="A rendered schema (default: rendered from the spec).")
_OUTPUT = typer.Option(Output.TEXT, "--output", help="text or json.")


@app.callback()
def schema() -> None:
    """Show or apply the database's schema, or compare it with the live one."""


@app.command()
def show(
    spec: Path = SPEC,
    native: bool = typer.Option(False, "--native", help="For the native target's database."),
    output: Output = _OUTPUT,
) -> None:
    """Print the schema of the spec.

    Example: kit schema show --native
    """
    from kit.operate.runtimes import in_containers, on_this_machine
    from kit.operate.schema.answers import ShowAnswer
    from kit.operate.schema.wanted import Wanted

    deployment = on_this_machine(spec) if native else in_containers(spec)
    script = _script(deployment)
    storage, wanted = deployment[StoragePlan], Wanted.of(script)
    answer = ShowAnswer(storage.engine, storage.version, wanted.keyspace, wanted.statements)
    printing.show(answer, output, [script.rstrip("\n")])


@app.command()
@takes_groups
def apply(
    *,
    spec: Path = SPEC,
    file: Path | None = _FILE,
    connection: Connection,
    wait: str = WAIT,
    output: Output = _OUTPUT,
) -> None:
    """Create and alter Jaeger's tables. Missing tables are created, others altered in place, and all are checked.

    A second run changes nothing. Nothing is dropped, and replication is not changed. Existing rows keep
    the time to live with which they were written. Example: kit schema apply
    """
    from kit.operate.schema import apply as apply_schema
    from kit.operate.schema.answers import apply_answer
    from kit.operate.schema.schema_report import apply_lines

    cluster = connection.cluster(spec, wait)
    done = apply_schema(_read(file) if file else _script_for(spec, cluster), cluster)
    for difference in done.left:
        say(f"not changed: {difference.what}: {difference.found}; the spec asks for {difference.wanted}")
        say("  next: kit schema diff shows the steps")
    printing.show(apply_answer(done), output, apply_lines(done))


@app.command()
@takes_groups
def diff(
    *,
    spec: Path = SPEC,
    file: Path | None = _FILE,
    connection: Connection,
    wait: str = WAIT,
    output: Output = _OUTPUT,
) -> None:
    """Compare the live schema with the spec. Shows which differences can be altered in place, with statements.

    Changes nothing. Exit code 1 if they differ. Example: kit schema diff --output json
    """
    from kit.operate.schema import diff as diff_schema
    from kit.operate.schema.answers import diff_answer
    from kit.operate.schema.schema_report import diff_lines

    cluster = connection.cluster(spec, wait)
    found = diff_schema(_read(file) if file else _script_for(spec, cluster), cluster)
    printing.show(diff_answer(found), output, diff_lines(found))
    if found:
        raise typer.Exit(1)


@app.command()
@takes_groups
def status(
    *,
    spec: Path = SPEC,
    connection: Connection,
    wait: str = WAIT,
    output: Output = _OUTPUT,
) -> None:
    """Show the state of the live schema. Lists version, tables, time to live of rows, and missing parts.

    Exit code 1 if Jaeger could not start or write with this schema. Example: kit schema status
    """
    from kit.operate.schema import status as schema_status
    from kit.operate.schema.answers import status_answer
    from kit.operate.schema.schema_report import status_lines

    cluster = connection.cluster(spec, wait)
    keyspace, expected = _expected(spec, cluster)
    found = schema_status(keyspace, cluster, expected)
    printing.show(status_answer(found), output, status_lines(found))
    if not found.complete:
        raise typer.Exit(1)


def _script_for(spec: Path, cluster: Cluster) -> str:
    return _script(_deployment_for(spec, cluster))


def _expected(spec: Path, cluster: Cluster) -> tuple[str, Server]:
    from kit.operate.schema import Server

    storage = _deployment_for(spec, cluster)[StoragePlan]
    return storage.keyspace, Server(storage.engine, storage.version)


def _deployment_for(spec: Path, cluster: Cluster) -> Deployment:
    """Return the spec's deployment with the live engine: natively, Cassandra may replace ScyllaDB."""
    from kit.errors import UserError
    from kit.operate.runtimes import running_first
    from kit.operate.schema import server

    with cluster.session() as session:
        answers = server(session)
    deployments = [runtime.deployment for runtime in running_first(spec)]
    for deployment in deployments:
        if deployment[StoragePlan].engine == answers.engine:
            return deployment
    raise UserError(
        f"{', '.join(cluster.contact_points)} is {answers.title}, but {spec} says {deployments[0][StoragePlan].engine}",
        hint="set storage.engine to the engine that runs, or pass other --contact-point",
    )


def _script(deployment: Deployment) -> str:
    from generator.components.storage.component import SCHEMA
    from generator.render import render_files
    from kit.errors import UserError

    files = render_files(deployment)
    if SCHEMA not in files:
        raise UserError(
            f"{deployment[StoragePlan].engine} has no schema: Jaeger manages its own",
            hint="only scylla and cassandra have one",
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
