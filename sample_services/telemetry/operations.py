"""Duration of operations on databases and Redis, the same histogram for both."""

from __future__ import annotations

from .instruments import histogram

SYSTEM, OPERATION, COLLECTION = "db.system.name", "db.operation.name", "db.collection.name"

duration = histogram(
    "db.client.operation.duration",
    "s",
    "Duration of a statement or a Redis command. Reads that wait for entries (BLOCK) are left out.",
    [SYSTEM, OPERATION, COLLECTION, "error.type"],
)
