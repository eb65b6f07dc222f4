"""Options for the connection to the database. They override the spec, for example inside a container."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from kit.operate.schema import Cluster, Credentials, Encryption

SPEC = typer.Option(Path("kit.yaml"), "--spec", help="The spec.")
WAIT = typer.Option("30s", "--wait", help="Maximum time to wait for the database.")


@dataclass(frozen=True, slots=True)
class Connection:
    """Connection options of the command line; empty where an option is not given."""

    contact_points: Annotated[
        list[str],
        typer.Option(
            "--contact-point",
            help="host:port of a node (default: the spec's deployment). May be repeated.",
        ),
    ] = field(default_factory=list)
    datacenter: Annotated[
        str,
        typer.Option("--datacenter", help="Datacenter name, as the nodes report it (default: the spec's)."),
    ] = ""
    username_env: Annotated[
        str, typer.Option("--username-env", help="Variable that holds the role's name.")
    ] = ""
    username_file: Annotated[
        str, typer.Option("--username-file", help="File that holds the role's name.")
    ] = ""
    password_env: Annotated[str, typer.Option("--password-env", help="Variable that holds the password.")] = (
        ""
    )
    password_file: Annotated[str, typer.Option("--password-file", help="File that holds the password.")] = ""
    tls: Annotated[
        bool, typer.Option("--tls", help="Use TLS, and trust the system's certificate authorities.")
    ] = False
    ca: Annotated[
        str, typer.Option("--ca", help="Use TLS, and trust the certificate authority in this PEM file.")
    ] = ""
    certificate: Annotated[str, typer.Option("--certificate", help="PEM file of a client certificate.")] = ""
    key: Annotated[str, typer.Option("--key", help="PEM file of the client certificate's private key.")] = ""
    any_host: Annotated[
        bool,
        typer.Option("--any-host", help="With TLS: check neither the nodes' host names nor the authority."),
    ] = False

    def cluster(self, spec: Path, wait: str) -> Cluster:
        """Return the cluster of the options, with the spec's values for options that are not given.

        Raises:
            UserError: Two options conflict, or a secret is missing.
        """
        from kit.cli.waiting import wait_seconds
        from kit.operate.schema import Cluster

        seconds = wait_seconds(wait)
        if self.contact_points and self.datacenter:
            return Cluster(
                self.contact_points, self.datacenter, seconds, self._credentials(), self._encryption()
            )
        from dataclasses import replace

        from generator.components.storage.listeners import cql
        from generator.components.storage.plan import StoragePlan
        from kit.operate.runtimes import on_this_machine, runtime_for
        from kit.operate.schema import cluster_of

        runtime = runtime_for(spec)
        # Raises if another folder's containers have the same name: they may own this port.
        runtime.runs()
        running = runtime.deployment
        own_node = running.network.reached_at(cql(running[StoragePlan].engine))
        known = cluster_of(on_this_machine(spec), seconds, own_node)
        return replace(
            known,
            contact_points=self.contact_points or known.contact_points,
            datacenter=self.datacenter or known.datacenter,
            credentials=self._credentials() or known.credentials,
            encryption=self._encryption() or known.encryption,
        )

    def _credentials(self) -> Credentials | None:
        from kit.errors import UserError
        from kit.operate.schema import Credentials, secret

        user, word = (self.username_env, self.username_file), (self.password_env, self.password_file)
        if not any((*user, *word)):
            return None
        if all(user) or all(word):
            raise UserError(
                "a secret is given as a variable and as a file", hint="pass only one of the two options"
            )
        if not any(user) or not any(word):
            raise UserError(
                "a role and its password belong together: one is missing", hint="pass both, or neither"
            )
        return Credentials(secret(*user), secret(*word))

    def _encryption(self) -> Encryption | None:
        from kit.operate.schema import Encryption

        if not (self.tls or self.ca or self.certificate or self.any_host):
            return None
        return Encryption(self.ca, self.certificate, self.key, verify_host=not self.any_host)
