"""`kit schema`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

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
from kit.terminal import Output, answer, data, say

if TYPE_CHECKING:
    from generator.deployment.model import Deployment
    from kit.operate.schema import Cluster, Server

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)

_FILE = typer.Option(None, "--file", help="A rendered schema; else it is rendered from the spec.")
_OUTPUT = typer.Option(Output.TEXT, "--output", help="text or json.")


@app.callback()
def schema() -> None:
    """The database's schema: show it, apply it, compare it with the live one."""


@app.command()
def show(
    spec: Path = SPEC,
    native: bool = typer.Option(False, "--native", help="For the native target's database."),
    output: Output = _OUTPUT,
) -> None:
    """Print the schema that the spec asks for.

    Example: kit schema show --native
    """
    from generator.targets import COMPOSE, NATIVE
    from kit.operate.deployment import load

    deployment = load(spec, NATIVE if native else COMPOSE)
    script = _script(deployment)
    if output is Output.JSON:
        from kit.operate.schema.wanted import Wanted

        storage, wanted = deployment[StoragePlan], Wanted.of(script)
        answer(
            "schema.show", engine=storage.engine, engine_version=storage.version, keyspace=wanted.keyspace,
            statements=wanted.statements,
        )  # fmt: skip
    else:
        data(script.rstrip("\n"))


@app.command()
def apply(
    spec: Path = SPEC,
    file: Path | None = _FILE,
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
    wait: str = WAIT,
    output: Output = _OUTPUT,
) -> None:
    """Create what is missing of Jaeger's tables, alter what can be altered in place, and check that all is there.

    A second time changes nothing. Nothing is dropped; replication is left alone. Rows that are there keep
    the time to live with which they were written. Example: kit schema apply
    """
    from kit.operate.schema import apply as apply_schema

    told = Told(contact_point, datacenter, username_env, username_file, password_env, password_file, tls, ca,
                certificate, key, any_host)  # fmt: skip
    cluster = told.cluster(spec, wait)
    done = apply_schema(_read(file) if file else _script_for(spec, cluster), cluster)
    for difference in done.left:
        say(f"left alone: {difference.what}: {difference.found}; the spec asks for {difference.wanted}")
        say("  next: kit schema diff tells the steps")
    if output is Output.JSON:
        answer(
            "schema.apply", ok=True, keyspace=done.keyspace, statements=done.statements, created=done.created,
            altered=done.altered, left=[one.what for one in done.left],
        )  # fmt: skip
        return
    if done.created:
        data(f"created in {done.keyspace}: {', '.join(done.created)}")
    for statement in done.altered:
        data(f"{statement};")
    if done.altered:
        say("rows that are there already keep the time to live with which they were written")
    if not done.created and not done.altered:
        data(f"{done.keyspace} is complete; nothing was changed")


@app.command()
def diff(
    spec: Path = SPEC,
    file: Path | None = _FILE,
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
    wait: str = WAIT,
    output: Output = _OUTPUT,
) -> None:
    """Compare the live schema with the spec: what can be altered in place, what can't, with the statements.

    Changes nothing. Exit code 1 when they differ. Example: kit schema diff --output json
    """
    from kit.operate.schema import diff as diff_schema
    from kit.operate.schema.report import diff_lines, plain_difference

    told = Told(contact_point, datacenter, username_env, username_file, password_env, password_file, tls, ca,
                certificate, key, any_host)  # fmt: skip
    cluster = told.cluster(spec, wait)
    found = diff_schema(_read(file) if file else _script_for(spec, cluster), cluster)
    if output is Output.JSON:
        answer("schema.diff", equal=not found, differences=[plain_difference(one) for one in found])
    else:
        for text in diff_lines(found):
            data(text)
    if found:
        raise typer.Exit(1)


@app.command()
def status(
    spec: Path = SPEC,
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
    wait: str = WAIT,
    output: Output = _OUTPUT,
) -> None:
    """Show what the database holds: its version, each table, how long rows live, what is missing.

    Exit code 1 when Jaeger could not start or write. Example: kit schema status
    """
    from kit.operate.schema import status as schema_status
    from kit.operate.schema.report import plain_status, status_lines

    told = Told(contact_point, datacenter, username_env, username_file, password_env, password_file, tls, ca,
                certificate, key, any_host)  # fmt: skip
    cluster = told.cluster(spec, wait)
    keyspace, expected = _expected(spec, cluster)
    found = schema_status(keyspace, cluster, expected)
    if output is Output.JSON:
        answer("schema.status", **plain_status(found))
    else:
        for text in status_lines(found):
            data(text)
    if not found.complete:
        raise typer.Exit(1)


def _script_for(spec: Path, cluster: Cluster) -> str:
    return _script(_deployment_for(spec, cluster))


def _expected(spec: Path, cluster: Cluster) -> tuple[str, Server]:
    from kit.operate.schema import Server

    storage = _deployment_for(spec, cluster)[StoragePlan]
    return storage.keyspace, Server(storage.engine, storage.version)


def _deployment_for(spec: Path, cluster: Cluster) -> Deployment:
    """The deployment of the spec whose database answers: natively Cassandra may stand in for ScyllaDB."""
    from generator.targets import COMPOSE, NATIVE
    from kit.errors import UserError
    from kit.operate.deployment import load
    from kit.operate.native.home import Home
    from kit.operate.schema import server

    with cluster.session() as session:
        answers = server(session)
    native_first = Home.of(spec.parent).socket.exists()
    targets = (NATIVE, COMPOSE) if native_first else (COMPOSE, NATIVE)
    deployments = [load(spec, target) for target in targets]
    for deployment in deployments:
        if deployment[StoragePlan].engine == answers.engine:
            return deployment
    raise UserError(
        f"{', '.join(cluster.contact_points)} is {answers.title}, but {spec} says {deployments[0][StoragePlan].engine}",
        hint="write the engine that is there into storage.engine, or name other contact points",
    )


def _script(deployment: Deployment) -> str:
    from generator.components.storage.component import SCHEMA
    from generator.render import render_files
    from kit.errors import UserError

    files = render_files(deployment)
    if SCHEMA not in files:
        raise UserError(
            f"{deployment[StoragePlan].engine} has no schema: Jaeger keeps it itself",
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
