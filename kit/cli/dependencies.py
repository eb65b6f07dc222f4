"""`kit dependencies`."""

from __future__ import annotations

from pathlib import Path

import typer

from kit.terminal import Output

app = typer.Typer(rich_markup_mode=None)


@app.command()
def dependencies(
    spec: Path = typer.Option(Path("kit.yaml"), "--spec", help="The spec."),
    since: str = typer.Option("1h", "--since", help="From when on: as 1h, which is ago, or a date and time."),
    until: str = typer.Option("0s", "--until", help="Until when; the same forms."),
    every: str = typer.Option(
        "", "--every", help="Keep the graph up to date: a round at least this often, as 5m."
    ),
    contact_point: list[str] = typer.Option(
        [], "--contact-point", help="host:port of a node; may be repeated. Else the deployment of the spec."
    ),
    datacenter: str = typer.Option(
        "", "--datacenter", help="The nodes' own name of it; else that of the spec."
    ),
    keyspace: str = typer.Option("", "--keyspace", help="Where Jaeger's tables are; else that of the spec."),
    wait: str = typer.Option("30s", "--wait", help="How long to wait for the database."),
    output: Output = typer.Option(Output.TEXT, "--output", help="text or json."),
) -> None:
    """Compute which service calls which from the stored traces, and write it where Jaeger's graph reads it.

    Jaeger on ScyllaDB or Cassandra does not compute it by itself. The deployment runs this with --every;
    by hand it is for the past. Time is cut into 5 minutes each, and what was computed before is replaced.

    Example: kit dependencies --since 6h
    """
    from kit.cli.waiting import wait_seconds
    from kit.operate.dependencies.moments import moment
    from kit.operate.dependencies.windows import windows
    from kit.operate.schema import Cluster

    seconds = wait_seconds(wait)
    first, last = moment("--since", since), moment("--until", until)
    points, local, space = _database(spec, contact_point, datacenter, keyspace)
    cluster = Cluster(points, local, seconds)
    if every:
        from kit.operate.dependencies.moments import interval
        from kit.operate.dependencies.rounds import keep_up

        keep_up(cluster.session, space, interval(every))
        return
    from kit.operate.dependencies.compute import update
    from kit.operate.dependencies.report import report
    from kit.operate.dependencies.store import Tables

    with cluster.session() as session:
        done = list(update(Tables(session, space), windows(first, last)))
    report(done, output)


def _database(
    spec: Path, contact_points: list[str], datacenter: str, keyspace: str
) -> tuple[list[str], str, str]:
    if contact_points and datacenter and keyspace:
        return contact_points, datacenter, keyspace
    from generator.deployment.network import CQL
    from generator.deployment.target import Target
    from kit.errors import UserError
    from kit.operate.deployment import load

    deployment = load(spec, Target.NATIVE)
    storage = deployment.storage
    if not storage.speaks_cql:
        raise UserError(
            f"Jaeger computes the graph itself from its storage, {storage.engine}",
            hint="nothing needs to be done: look at it in Jaeger, or ask /api/dependencies",
        )
    # Compose publishes the database on the same port that it has natively.
    here = f"127.0.0.1:{deployment.network.published(CQL)}"
    return contact_points or [here], datacenter or storage.datacenter, keyspace or storage.keyspace
