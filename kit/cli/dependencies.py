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
    since: str = typer.Option("1h", "--since", help="Start: a time ago such as 1h, or a date and time."),
    until: str = typer.Option("0s", "--until", help="End, in the same forms."),
    every: str = typer.Option(
        "", "--every", help="Keep running, and update the graph at least once in this time, such as 5m."
    ),
    metrics: str = typer.Option(
        "", "--metrics", metavar="HOST:PORT", help="With --every: serve metrics of the rounds here."
    ),
    connection: Connection,
    keyspace: str = typer.Option("", "--keyspace", help="Keyspace of Jaeger's tables (default: the spec's)."),
    wait: str = WAIT,
    output: Output = typer.Option(Output.TEXT, "--output", help="text or json."),
) -> None:
    """Compute which service calls which from the stored traces, and write the result for Jaeger's graph.

    On ScyllaDB or Cassandra, Jaeger does not compute the graph. The deployment runs this command with --every;
    run it by hand for the past. Each window of 5 minutes is computed separately and replaces its earlier result.

    Example: kit dependencies --since 6h
    """
    from kit.operate.dependencies.moments import moment
    from kit.operate.dependencies.windows import windows

    first, last = moment("--since", since), moment("--until", until)
    space = keyspace or _keyspace(spec)
    cluster = connection.cluster(spec, wait)
    if every:
        from kit.operate.dependencies.moments import interval
        from kit.operate.dependencies.round_metrics import RoundMetrics
        from kit.operate.dependencies.rounds import keep_up

        watched = RoundMetrics()
        if metrics:
            watched.serve(metrics)
        keep_up(cluster.session, space, interval(every), watched)
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
            hint="nothing to do: open the graph in Jaeger, or query /api/dependencies",
        )
    return storage.keyspace
