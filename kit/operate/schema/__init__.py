"""Create, compare, safely alter and check the database's schema.

with cluster_of(deployment, wait=30).session() as session: …
apply(script, cluster)
"""

from __future__ import annotations

from kit.operate.schema.apply import Applied, apply, missing
from kit.operate.schema.cluster import Cluster, Credentials, Encryption
from kit.operate.schema.compare import Difference, Remedy
from kit.operate.schema.connection import cluster_of, credentials_of, secret
from kit.operate.schema.live import Server, server
from kit.operate.schema.status import Status, diff, status

__all__ = [
    "Applied",
    "Cluster",
    "Credentials",
    "Difference",
    "Encryption",
    "Remedy",
    "Server",
    "Status",
    "apply",
    "cluster_of",
    "credentials_of",
    "diff",
    "missing",
    "secret",
    "server",
    "status",
]
