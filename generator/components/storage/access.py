"""Access to the database for the deployment's own programs: Jaeger, the schema step, and `kit` on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator.components.storage.listeners import cql
from generator.components.storage.plan import StoragePlan
from generator.workload import Mount

if TYPE_CHECKING:
    from generator.deployment.model import Deployment
    from generator.spec.secret import Secret

_FOLDER = "/etc/storage"


@dataclass(frozen=True, slots=True)
class Access:
    """All settings that a client of the database needs.

    Attributes:
        contact_points: `host:port` of each contact point.
        datacenter: The nearest datacenter.
        secrets: Role and password, or empty.
        encrypted: Whether the connection uses TLS.
        ca: File of the certificate authority, as the client finds it; empty: the system's authorities.
        certificate: File of the client certificate, or empty.
        key: File of the client certificate's key, or empty.
        verify_host: Whether the certificate must name the node.
        mounts: These files as mounts, for a client in a container.
    """

    contact_points: tuple[str, ...]
    datacenter: str
    secrets: tuple[Secret, ...] = ()
    encrypted: bool = False
    ca: str = ""
    certificate: str = ""
    key: str = ""
    verify_host: bool = True
    mounts: tuple[Mount, ...] = ()

    def arguments(self, deployment: Deployment) -> tuple[str, ...]:
        """Return the settings as options of `kit schema apply`: of a secret the name, never the value."""
        options: list[str] = []
        for point in self.contact_points:
            options += ["--contact-point", point]
        options += ["--datacenter", self.datacenter]
        for name, secret in zip(("username", "password"), self.secrets, strict=False):
            where = secret.env or deployment.layout.secret(secret)
            options += [f"--{name}-{'env' if secret.env else 'file'}", where]
        if self.encrypted:
            options.append("--tls")
        for name, file in (("ca", self.ca), ("certificate", self.certificate), ("key", self.key)):
            options += [f"--{name}", file] if file else []
        if not self.verify_host:
            options.append("--any-host")
        return tuple(options)


def access(deployment: Deployment) -> Access:
    """Return the access of a deployment's components to its database."""
    storage, layout = deployment[StoragePlan], deployment.layout
    points = storage.contact_points or (deployment.network.reach(cql(storage.engine)),)
    secrets = (storage.credentials.username, storage.credentials.password) if storage.credentials else ()
    if storage.tls is None:
        return Access(points, storage.datacenter, secrets)
    given = {"ca": storage.tls.ca, "certificate": storage.tls.certificate, "key": storage.tls.key}
    files = {name: file for name, file in given.items() if file is not None}
    places = {name: layout.users(file, f"{_FOLDER}/{name}.pem") for name, file in files.items()}
    mounted = deployment.platform.isolates_files
    mounts = tuple(Mount(file, places[name]) for name, file in files.items() if mounted)
    return Access(
        points, storage.datacenter, secrets, encrypted=True, verify_host=storage.tls.verify_host,
        ca=places.get("ca", ""), certificate=places.get("certificate", ""), key=places.get("key", ""),
        mounts=mounts,
    )  # fmt: skip
