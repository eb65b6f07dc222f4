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
        ca: File of the certificate authority (PEM); empty for the system's trust store.
        certificate: File of the client's certificate, or empty.
        key: File of the client's private key, or empty.
        verify_host: Whether the nodes' certificates must contain their host names.
    """

    ca: str = ""
    certificate: str = ""
    key: str = ""
    verify_host: bool = True

    def context(self) -> ssl.SSLContext:
        """Return the TLS settings for the driver.

        Raises:
            UserError: A file can't be read, or holds no certificate or key.
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
            # Same as in Jaeger: its `insecure_skip_verify` checks neither name nor authority.
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


@dataclass(frozen=True, slots=True)
class Cluster:
    """A database and the settings to connect to it.

    Attributes:
        contact_points: Addresses of nodes, each as `host:port`.
        datacenter: Datacenter that the driver treats as local.
        wait: Time to wait for the database to answer, in seconds.
        credentials: Role and password; None if the database requires none.
        encryption: TLS settings; None for plain text.
    """

    contact_points: Sequence[str]
    datacenter: str
    wait: float
    credentials: Credentials | None = None
    encryption: Encryption | None = None

    @contextlib.contextmanager
    def session(self) -> Iterator[Any]:
        """Open a session of the driver; it is closed at the end of the block.

        Raises:
            MachineError: No node answers in time.
            UserError: The datacenter has another name, the credentials are refused, or a certificate is not valid.
        """
        from cassandra.cluster import NoHostAvailable

        # Otherwise the driver logs each refused connection while the database starts.
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
                # A node that has just started refuses the first role for some seconds, until it has created the role.
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
            # The port of nodes that the driver discovers.
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
            return f"the nodes did not report their datacenter: {first_reason(error)}"
        finally:
            driver.shutdown()
        return f"the nodes are in `{row.data_center}`"

    def _refused(self, error: Exception) -> MachineError | UserError:
        points = ", ".join(self.contact_points)
        reason = first_reason(error)
        said = reason.lower()
        if isinstance(getattr(error, "errors", None), list):
            # The nodes answer, but the driver uses only nodes of its configured datacenter.
            return _FinalError(
                f"{points}: no node is in datacenter `{self.datacenter}` ({self._datacenter()})",
                hint="`storage.replication` (or `storage.datacenter`) must name the nodes' own datacenter",
            )
        if "requires authentication" in said:
            return _FinalError(
                f"{points} requires a role and its password",
                hint="set both in storage.credentials, each as {env: NAME} or {file: PATH}",
            )
        if "certificate verify failed" in said:
            return _FinalError(
                f"{points}: {reason}",
                hint="storage.tls.ca must be the authority of the nodes' certificates, and the certificates must "
                "name the contact points",
            )
        if "bad credentials" in said or "authenticat" in said:
            return UserError(
                f"{points} refuses these credentials: {reason}",
                hint="check the values behind storage.credentials: a secret's file must hold only the secret",
            )
        hint = "`kit status` shows whether it runs"
        if "closed" in said or "reset" in said or "ssl" in said:
            hint = "if it requires TLS, set `storage.tls: {}`; else " + hint
        return MachineError(f"no database answers at {points} within {self.wait:g} s: {reason}", hint=hint)


class _FinalError(UserError):
    """Raised when waiting does not help."""


def first_reason(error: Exception) -> str:
    """Return the driver's reason for the first node."""
    errors = getattr(error, "errors", None)
    if isinstance(errors, dict) and errors:
        return str(next(iter(errors.values())))
    return str(error)


def _host_port(point: str) -> tuple[str, int]:
    host, _, port = point.rpartition(":")
    if not host or not port.isdigit():
        raise UserError(f"`{point}` is not host:port", hint="write it as 127.0.0.1:9042")
    return host.strip("[]"), int(port)
