"""A deployment ⇒ the cluster that this machine's commands talk to, its secrets read."""

from __future__ import annotations

import os
from pathlib import Path

from generator.components.storage.access import access
from generator.components.storage.plan import StoragePlan
from generator.deployment.model import Deployment
from kit.errors import UserError
from kit.operate.schema.cluster import Cluster, Credentials, Encryption

# Jaeger takes a secret as it is, but expands it: the same secret must reach the database from both.
_UNFIT = {
    "\n": "holds a line break, which Jaeger takes for a part of the secret",
    "$$": "holds `$$`, which Jaeger reads as `$`",
    "${": "holds `${`, where Jaeger reads a variable's name",
}


def cluster_of(deployment: Deployment, wait: float, own_node: str) -> Cluster:
    """The database of a deployment, as it is reached from this machine.

    Args:
        deployment: resolved for the native target, whose paths are this machine's.
        wait: seconds to wait for it to answer.
        own_node: `host:port` of the node that the deployment itself runs, if it runs one.

    Raises:
        UserError: it has no database, or a secret is not there.
    """
    storage, told = deployment[StoragePlan], access(deployment)
    if not storage.speaks_cql:
        raise UserError(
            f"{storage.engine} has no schema: Jaeger keeps it itself", hint="only scylla and cassandra do"
        )
    return Cluster(
        storage.contact_points or (own_node,),
        storage.datacenter,
        wait,
        credentials_of(deployment),
        Encryption(told.ca, told.certificate, told.key, told.verify_host) if told.encrypted else None,
    )


def credentials_of(deployment: Deployment) -> Credentials | None:
    """The role and password that the deployment's programs use; None where everybody may connect.

    Raises:
        UserError: one is not there, empty, or holds what Jaeger would read otherwise.
    """
    secrets = access(deployment).secrets
    if not secrets:
        return None
    return Credentials(
        *(secret(one.env, deployment.layout.secret(one) if one.file else "") for one in secrets)
    )


def secret(env: str, file: str) -> str:
    """A secret's value, from an environment variable or a file.

    Raises:
        UserError: it is not there, empty, or holds what Jaeger would read otherwise.
    """
    if env:
        value, place = os.environ.get(env, ""), f"the variable {env}"
        if not value:
            raise UserError(f"the variable {env} is not set", hint=f"export {env}=…, then again")
    else:
        value, place = _read(file), file
    wrong = next((why for mark, why in _UNFIT.items() if mark in value), None)
    if wrong:
        raise UserError(
            f"{place} {wrong}", hint=f'printf %s "$SECRET" > {file}' if file else "choose another"
        )
    return value


def _read(file: str) -> str:
    try:
        value = Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise UserError(f"{file}: can't be read: {reason}", hint="it must hold the secret alone") from None
    if not value:
        raise UserError(f"{file} is empty", hint="it must hold the secret alone")
    return value
