"""Differences between the two databases of this schema."""

from __future__ import annotations

from dataclasses import dataclass

from generator.components.scylla.versions import row


@dataclass(frozen=True, slots=True)
class Dialect:
    """The CQL clauses of one database.

    Attributes:
        title: Name and version, for messages.
        keyspace_options: Options after the keyspace's replication.
        compression: Compression of a table's files, as a CQL map.
        expiring: Options of a table whose rows only expire and are never deleted.
        changing: Options of a table whose rows are deleted or overwritten.
    """

    title: str
    keyspace_options: str
    compression: str
    expiring: str
    changing: str


def dialect(engine: str, version: str) -> Dialect:
    """Return the dialect of a version of `scylla` or `cassandra`."""
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
        # Explicit: it can't be changed later, and the default depends on the version.
        keyspace_options=f" AND tablets = {{'enabled': {tablets}}}",
        compression=f"{{'sstable_compression': '{known.compressor}'}}",
        # Purge expired rows at once: without repairs, the default of newer versions keeps them forever.
        expiring=" AND tombstone_gc = {'mode': 'immediate'}",
        # Purge after gc_grace_seconds, as in Cassandra.
        changing=" AND tombstone_gc = {'mode': 'timeout'}",
    )
