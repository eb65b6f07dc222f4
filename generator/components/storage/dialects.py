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
        compression: of a table's files, as a map.
        expiring: options of a table whose rows only expire and are never deleted.
        changing: options of a table whose rows are deleted or overwritten.
    """

    title: str
    keyspace_options: str
    compression: str
    expiring: str
    changing: str


def dialect(engine: str, version: str) -> Dialect:
    """The dialect of `scylla` or `cassandra` in a version."""
    if engine == "cassandra":
        return Dialect(
            title=f"Cassandra {version}",
            keyspace_options="",
            compression="{'class': 'LZ4Compressor'}",
            expiring="",
            changing="",
        )
    known = row(version)
    tablets = "true" if known.lightweight_transactions_on_tablets else "false"
    return Dialect(
        title=f"ScyllaDB {version}",
        # Said outright: it can't be changed later, and the default depends on the version.
        keyspace_options=f" AND tablets = {{'enabled': {tablets}}}",
        compression=f"{{'sstable_compression': '{known.compressor}'}}",
        # Expired rows may go at once: without repairs the default of newer versions keeps them for ever.
        expiring=" AND tombstone_gc = {'mode': 'immediate'}",
        # After gc_grace_seconds, as Cassandra does.
        changing=" AND tombstone_gc = {'mode': 'timeout'}",
    )
