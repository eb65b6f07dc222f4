"""How the deployment's own programs reach the database: Jaeger, the schema step, and `kit` on this machine."""

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
    """Everything that a client of the database needs to be told.

    Attributes:
        contact_points: `host:port` each.
        datacenter: the nearest one.
        secrets: role and password, or nothing.
        encrypted: whether TLS is spoken.
        ca: file of the authority as the client finds it; empty is what the system trusts.
        certificate: file of the client's certificate, or empty.
        key: file of its key, or empty.
        verify_host: whether the certificate must name the node.
        mounts: these files, where a client runs in a container.
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
        """The same as options of `kit schema apply`; a secret is named, never told."""
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
    """How a component of this deployment reaches its database."""
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
