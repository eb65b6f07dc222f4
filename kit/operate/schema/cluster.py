"""A database that speaks CQL, and a session with it."""

from __future__ import annotations

import contextlib
import logging
import ssl
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kit.errors import MachineError, UserError

_REQUEST_SECONDS = 30.0
AGREEMENT_SECONDS = 180.0
_RETRY_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Credentials:
    """A role and its password; `repr` shows neither."""

    username: str
    password: str

    def __repr__(self) -> str:
        return "Credentials(…)"


@dataclass(frozen=True, slots=True)
class Encryption:
    """TLS to the nodes.

    Attributes:
        ca: file of the authority (PEM); empty is what the system trusts.
        certificate: file of the client's certificate, or empty.
        key: file of its private key, or empty.
        verify_host: whether the nodes' certificates must name them.
    """

    ca: str = ""
    certificate: str = ""
    key: str = ""
    verify_host: bool = True

    def context(self) -> ssl.SSLContext:
        """What the driver needs.

        Raises:
            UserError: a file can't be read, or holds no certificate or key.
        """
        try:
            context = ssl.create_default_context(cafile=self.ca or None)
            if self.certificate:
                context.load_cert_chain(self.certificate, self.key or None)
        except (OSError, ssl.SSLError) as error:
            files = ", ".join(filter(None, (self.ca, self.certificate, self.key)))
            reason = getattr(error, "strerror", None) or str(error)
            raise UserError(
                f"storage.tls: {files}: {reason}", hint="name PEM files that this user can read"
            ) from None
        if not self.verify_host:
            # As Jaeger does: its `insecure_skip_verify` checks neither name nor authority.
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


@dataclass(frozen=True, slots=True)
class Cluster:
    """A database to talk to.

    Attributes:
        contact_points: `host:port` each.
        datacenter: the one that the driver treats as local.
        wait: seconds to wait for it to answer.
        credentials: None where everybody may connect.
        encryption: None for plain text.
    """

    contact_points: Sequence[str]
    datacenter: str
    wait: float
    credentials: Credentials | None = None
    encryption: Encryption | None = None

    @contextlib.contextmanager
    def session(self) -> Iterator[Any]:
        """A session of the driver.

        Raises:
            MachineError: no node answers in time.
            UserError: the datacenter has another name, the credentials are not taken, a certificate does not fit.
        """
        from cassandra.cluster import NoHostAvailable

        # The driver reports each refused connection while the database starts.
        logging.getLogger("cassandra").setLevel(logging.CRITICAL)
        context = self.encryption.context() if self.encryption else None
        deadline = time.monotonic() + self.wait
        while True:
            driver = self._driver(context)
            try:
                session = driver.connect()
                break
            except (NoHostAvailable, OSError) as error:
                driver.shutdown()
                refused = self._refused(error)
                # A node that has just started refuses the first role for some seconds, until it has made it.
                if time.monotonic() >= deadline or isinstance(refused, _FinalError):
                    raise refused from None
                time.sleep(_RETRY_SECONDS)
        try:
            yield session
        finally:
            driver.shutdown()

    def _driver(self, context: ssl.SSLContext | None, policy: Any = None) -> Any:
        from cassandra.auth import PlainTextAuthProvider
        from cassandra.cluster import EXEC_PROFILE_DEFAULT, ExecutionProfile
        from cassandra.cluster import Cluster as Driver
        from cassandra.connection import DefaultEndPoint
        from cassandra.policies import DCAwareRoundRobinPolicy

        profile = ExecutionProfile(
            load_balancing_policy=policy or DCAwareRoundRobinPolicy(self.datacenter),
            request_timeout=_REQUEST_SECONDS,
        )
        points = [_host_port(point) for point in self.contact_points]
        told = self.credentials
        return Driver(
            [DefaultEndPoint(*point) for point in points],
            # Of the nodes that are discovered.
            port=points[0][1],
            execution_profiles={EXEC_PROFILE_DEFAULT: profile},
            max_schema_agreement_wait=AGREEMENT_SECONDS,
            protocol_version=4,
            auth_provider=PlainTextAuthProvider(told.username, told.password) if told else None,
            ssl_context=context,
        )

    def _datacenter(self) -> str:
        from cassandra.cluster import NoHostAvailable
        from cassandra.policies import RoundRobinPolicy

        driver = self._driver(self.encryption.context() if self.encryption else None, RoundRobinPolicy())
        try:
            row = driver.connect().execute("SELECT data_center FROM system.local").one()
        except (NoHostAvailable, OSError) as error:
            return f"they were asked for its name: {first_reason(error)}"
        finally:
            driver.shutdown()
        return f"they are in `{row.data_center}`"

    def _refused(self, error: Exception) -> MachineError | UserError:
        points = ", ".join(self.contact_points)
        reason = first_reason(error)
        said = reason.lower()
        if isinstance(getattr(error, "errors", None), list):
            # They answer, but the driver asks only nodes of the datacenter that it was told.
            return _FinalError(
                f"{points}: no node is in datacenter `{self.datacenter}`; {self._datacenter()}",
                hint="`storage.replication` (or `storage.datacenter`) must name the nodes' own datacenter",
            )
        if "requires authentication" in said:
            return _FinalError(
                f"{points} asks for a role and its password",
                hint="name them in storage.credentials, each as {env: NAME} or {file: PATH}",
            )
        if "certificate verify failed" in said:
            return _FinalError(
                f"{points}: {reason}",
                hint="storage.tls.ca must be the authority of the nodes' certificates, and these must name the "
                "contact points",
            )
        if "bad credentials" in said or "authenticat" in said:
            return UserError(
                f"{points} does not take these credentials: {reason}",
                hint="check what storage.credentials names; the secret's file must hold it and nothing else",
            )
        hint = "`kit status` shows whether it runs"
        if "closed" in said or "reset" in said or "ssl" in said:
            hint = "does it speak TLS? `storage.tls: {}` says so; else " + hint
        return MachineError(f"no database answers at {points} within {self.wait:g} s: {reason}", hint=hint)


class _FinalError(UserError):
    """What waiting does not mend."""


def first_reason(error: Exception) -> str:
    """The driver's reason for the first node."""
    errors = getattr(error, "errors", None)
    if isinstance(errors, dict) and errors:
        return str(next(iter(errors.values())))
    return str(error)


def _host_port(point: str) -> tuple[str, int]:
    host, _, port = point.rpartition(":")
    if not host or not port.isdigit():
        raise UserError(f"`{point}` is not host:port", hint="write it as 127.0.0.1:9042")
    return host.strip("[]"), int(port)
