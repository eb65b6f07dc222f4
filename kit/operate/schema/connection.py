"""Find the database cluster of a deployment, as commands on this machine reach it, and read its secrets."""

from __future__ import annotations

import os
from pathlib import Path

from generator.components.storage.access import access
from generator.components.storage.plan import StoragePlan
from generator.deployment.model import Deployment
from kit.errors import UserError
from kit.operate.schema.cluster import Cluster, Credentials, Encryption

# Jaeger does not strip a secret, and expands `$` in it. Such secrets are refused: the database would get another
# value from Jaeger than from this program.
_UNFIT = {
    "\n": "holds a line break, which Jaeger reads as a part of the secret",
    "$$": "holds `$$`, which Jaeger reads as `$`",
    "${": "holds `${`, where Jaeger reads a variable's name",
}


def cluster_of(deployment: Deployment, wait: float, own_node: str) -> Cluster:
    """Return the database of a deployment, as this machine reaches it.

    Args:
        deployment: The deployment resolved for the native target, with the paths of this machine.
        wait: Time to wait for the database to answer, in seconds.
        own_node: `host:port` of the node that the deployment itself runs, if any.

    Raises:
        UserError: The deployment has no database, or a secret is missing.
    """
    storage, told = deployment[StoragePlan], access(deployment)
    if not storage.speaks_cql:
        raise UserError(
            f"{storage.engine} has no schema: Jaeger keeps it itself",
            hint="only scylla and cassandra have one",
        )
    return Cluster(
        storage.contact_points or (own_node,),
        storage.datacenter,
        wait,
        credentials_of(deployment),
        Encryption(told.ca, told.certificate, told.key, told.verify_host) if told.encrypted else None,
    )


def credentials_of(deployment: Deployment) -> Credentials | None:
    """Return the role and password that the deployment's programs use, or None if the database requires none.

    Raises:
        UserError: One is missing or empty, or holds characters that Jaeger would read as something else.
    """
    secrets = access(deployment).secrets
    if not secrets:
        return None
    return Credentials(
        *(secret(one.env, deployment.layout.secret(one) if one.file else "") for one in secrets)
    )


def secret(env: str, file: str) -> str:
    """Return a secret's value, from an environment variable or a file.

    Raises:
        UserError: It is missing or empty, or holds characters that Jaeger would read as something else.
    """
    if env:
        value, place = os.environ.get(env, ""), f"the variable {env}"
        if not value:
            raise UserError(
                f"the variable {env} is not set", hint=f"export {env}=…, then run the command again"
            )
    else:
        value, place = _read(file), file
    wrong = next((why for mark, why in _UNFIT.items() if mark in value), None)
    if wrong:
        raise UserError(
            f"{place} {wrong}", hint=f'printf %s "$SECRET" > {file}' if file else "choose another secret"
        )
    return value


def _read(file: str) -> str:
    try:
        value = Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise UserError(f"{file}: can't be read: {reason}", hint="it must hold only the secret") from None
    if not value:
        raise UserError(f"{file} is empty", hint="it must hold only the secret")
    return value
