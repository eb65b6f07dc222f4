"""ScyllaDB versions that the kit knows, and their differences.

Sources: ScyllaDB's documentation and `docker-hub.md` of each release, and its issues where named.
"""

from __future__ import annotations

from dataclasses import dataclass

from generator.spec.release import line


@dataclass(frozen=True, slots=True)
class ScyllaVersion:
    """Properties of ScyllaDB from one release on.

    Attributes:
        lightweight_transactions_on_tablets: Whether `leases` works on tablets (scylladb #18068).
        compressor: Default compressor of new tables (LZ4 with a dictionary from 2025.4 on, scylladb #26610).
            Rendered explicitly, so that a table does not depend on the version that created it.
    """

    lightweight_transactions_on_tablets: bool
    compressor: str


VERSIONS = {
    "6.2": ScyllaVersion(lightweight_transactions_on_tablets=False, compressor="LZ4Compressor"),
    "2025.1": ScyllaVersion(lightweight_transactions_on_tablets=False, compressor="LZ4Compressor"),
    "2025.4": ScyllaVersion(lightweight_transactions_on_tablets=True, compressor="LZ4WithDictsCompressor"),
    "2026.1": ScyllaVersion(lightweight_transactions_on_tablets=True, compressor="LZ4WithDictsCompressor"),
    "2026.2": ScyllaVersion(lightweight_transactions_on_tablets=True, compressor="LZ4WithDictsCompressor"),
}

OLDEST = min(VERSIONS, key=line)
"""The oldest version known to accept this schema."""


def row(version: str) -> ScyllaVersion:
    """Return the row of a version: the one of its release line, or of the nearest older line."""
    known = [name for name in VERSIONS if line(name) <= line(version)]
    return VERSIONS[max(known, key=line, default=OLDEST)]
