"""`kit dependencies`."""

from __future__ import annotations

from pathlib import Path

import typer

from kit.cli.database import SPEC, WAIT, Connection
from kit.cli.option_groups import takes_groups
from kit.terminal import Output

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
@takes_groups
def dependencies(
    *,
    spec: Path = SPEC,
    since: str = typer.Option("1h", "--since", help="From when on: as 1h, which is ago, or a date and time."),
    until: str = typer.Option("0s", "--until", help="Until when; the same forms."),
    every: str = typer.Option(
        "", "--every", help="Keep the graph up to date: a round at least this often, as 5m."
    ),
    connection: Connection,
    keyspace: str = typer.Option("", "--keyspace", help="Where Jaeger's tables are; else that of the spec."),
    wait: str = WAIT,
    output: Output = typer.Option(Output.TEXT, "--output", help="text or json."),
) -> None:
    """Compute which service calls which from the stored traces, and write it where Jaeger's graph reads it.

    Jaeger on ScyllaDB or Cassandra does not compute it by itself. The deployment runs this with --every;
    by hand it is for the past. Time is cut into 5 minutes each, and what was computed before is replaced.

    Example: kit dependencies --since 6h
    """
    from kit.operate.dependencies.moments import moment
    from kit.operate.dependencies.windows import windows

    first, last = moment("--since", since), moment("--until", until)
    space = keyspace or _keyspace(spec)
    cluster = connection.cluster(spec, wait)
    if every:
        from kit.operate.dependencies.moments import interval
        from kit.operate.dependencies.rounds import keep_up

        keep_up(cluster.session, space, interval(every))
        return
    from kit.operate.dependencies.compute import update
    from kit.operate.dependencies.dependencies_report import answer_of, lines
    from kit.operate.dependencies.store import Tables
    from kit.printing import show

    with cluster.session() as session:
        done = list(update(Tables(session, space), windows(first, last)))
    answer = answer_of(done)
    show(answer, output, lines(answer))


def _keyspace(spec: Path) -> str:
    from generator.components.storage.plan import StoragePlan
    from kit.errors import UserError
    from kit.operate.runtimes import on_this_machine

    storage = on_this_machine(spec)[StoragePlan]
    if not storage.speaks_cql:
        raise UserError(
            f"Jaeger computes the graph itself from its storage, {storage.engine}",
            hint="nothing needs to be done: look at it in Jaeger, or ask /api/dependencies",
        )
    return storage.keyspace
