"""What differs between the two databases that take this schema."""

from __future__ import annotations

from dataclasses import dataclass

from generator.components.scylla.versions import row


@dataclass(frozen=True, slots=True)
class Dialect:
    """A database's own clauses.

    Attributes:
        title: for people.
        keyspace_options: behind the keyspace's replication.
        expiring: options of a table whose rows only expire and are never deleted.
    """

    title: str
    keyspace_options: str
    expiring: str


def dialect(engine: str, version: str) -> Dialect:
    """The dialect of `scylla` or `cassandra` in a version."""
    if engine == "cassandra":
        return Dialect(title=f"Cassandra {version}", keyspace_options="", expiring="")
    tablets = "true" if row(version).lightweight_transactions_on_tablets else "false"
    return Dialect(
        title=f"ScyllaDB {version}",
        # Said outright: it can't be changed later, and the default depends on the version.
        keyspace_options=f" AND tablets = {{'enabled': {tablets}}}",
        # Expired rows may go at once: without repairs the default of newer versions keeps them for ever.
        expiring=" AND tombstone_gc = {'mode': 'immediate'}",
    )
