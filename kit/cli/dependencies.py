"""`kit dependencies`."""

from __future__ import annotations

from pathlib import Path

import typer

from generator.components.storage.plan import StoragePlan
from kit.cli.database import (
    ANY_HOST,
    CA,
    CERTIFICATE,
    CONTACT_POINT,
    DATACENTER,
    KEY,
    PASSWORD_ENV,
    PASSWORD_FILE,
    SPEC,
    TLS,
    USERNAME_ENV,
    USERNAME_FILE,
    WAIT,
    Told,
)
from kit.terminal import Output

app = typer.Typer(rich_markup_mode=None)


@app.command()
def dependencies(
    spec: Path = SPEC,
    since: str = typer.Option("1h", "--since", help="From when on: as 1h, which is ago, or a date and time."),
    until: str = typer.Option("0s", "--until", help="Until when; the same forms."),
    every: str = typer.Option(
        "", "--every", help="Keep the graph up to date: a round at least this often, as 5m."
    ),
    contact_point: list[str] = CONTACT_POINT,
    datacenter: str = DATACENTER,
    username_env: str = USERNAME_ENV,
    username_file: str = USERNAME_FILE,
    password_env: str = PASSWORD_ENV,
    password_file: str = PASSWORD_FILE,
    tls: bool = TLS,
    ca: str = CA,
    certificate: str = CERTIFICATE,
    key: str = KEY,
    any_host: bool = ANY_HOST,
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
    told = Told(contact_point, datacenter, username_env, username_file, password_env, password_file, tls, ca,
                certificate, key, any_host)  # fmt: skip
    space = keyspace or _keyspace(spec)
    cluster = told.cluster(spec, wait)
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


def _keyspace(spec: Path) -> str:
    from generator.targets import COMPOSE, NATIVE
    from kit.errors import UserError
    from kit.operate.deployment import load

    storage = load(spec, NATIVE)[StoragePlan]
    if not storage.speaks_cql:
        raise UserError(
            f"Jaeger computes the graph itself from its storage, {storage.engine}",
            hint="nothing needs to be done: look at it in Jaeger, or ask /api/dependencies",
        )
    return storage.keyspace
