"""The options that say how to reach the database, where the spec does not: inside a container, for instance."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from kit.operate.schema import Cluster, Credentials, Encryption

SPEC = typer.Option(Path("kit.yaml"), "--spec", help="The spec.")
CONTACT_POINT = typer.Option(
    [], "--contact-point", help="host:port of a node; may be repeated. Else the deployment of the spec."
)
DATACENTER = typer.Option("", "--datacenter", help="The nodes' own name of it; else that of the spec.")
USERNAME_ENV = typer.Option("", "--username-env", help="Variable that holds the role's name.")
USERNAME_FILE = typer.Option("", "--username-file", help="File that holds the role's name.")
PASSWORD_ENV = typer.Option("", "--password-env", help="Variable that holds the password.")
PASSWORD_FILE = typer.Option("", "--password-file", help="File that holds the password.")
TLS = typer.Option(False, "--tls", help="Speak TLS, and trust what the system trusts.")
CA = typer.Option("", "--ca", help="Speak TLS, and trust the authority in this PEM file.")
CERTIFICATE = typer.Option("", "--certificate", help="PEM file of a client certificate.")
KEY = typer.Option("", "--key", help="PEM file of its private key.")
ANY_HOST = typer.Option(
    False, "--any-host", help="With TLS: check neither the nodes' names nor the authority."
)
WAIT = typer.Option("30s", "--wait", help="How long to wait for the database.")


@dataclass(frozen=True, slots=True)
class Told:
    """What the options say; empty where they say nothing."""

    contact_points: list[str]
    datacenter: str
    username_env: str
    username_file: str
    password_env: str
    password_file: str
    tls: bool
    ca: str
    certificate: str
    key: str
    any_host: bool

    def cluster(self, spec: Path, wait: str) -> Cluster:
        """The cluster: as the options say, and as the spec says where they don't.

        Raises:
            UserError: an option contradicts another, or a secret is not there.
        """
        from kit.cli.waiting import wait_seconds
        from kit.operate.schema import Cluster

        seconds = wait_seconds(wait)
        if self.contact_points and self.datacenter:
            return Cluster(
                self.contact_points, self.datacenter, seconds, self._credentials(), self._encryption()
            )
        from dataclasses import replace

        from generator.deployment.network import CQL
        from generator.targets import COMPOSE, NATIVE
        from kit.operate.deployment import load
        from kit.operate.running import target_in
        from kit.operate.schema import cluster_of

        # Secrets' files lie where the native target has them, on this machine, whatever runs.
        native = load(spec, NATIVE)
        own_node = load(spec, target_in(spec.parent)).network.reached_at(CQL)
        known = cluster_of(native, seconds, own_node)
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
                "a secret comes from a variable or from a file", hint="give one of the two options"
            )
        if not any(user) or not any(word):
            raise UserError(
                "a role needs its password, and a password its role", hint="give both, or neither"
            )
        return Credentials(secret(*user), secret(*word))

    def _encryption(self) -> Encryption | None:
        from kit.operate.schema import Encryption

        if not (self.tls or self.ca or self.certificate or self.any_host):
            return None
        return Encryption(self.ca, self.certificate, self.key, verify_host=not self.any_host)
