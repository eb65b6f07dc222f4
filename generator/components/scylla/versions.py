"""ScyllaDB versions the kit knows, and what differs between them.

Sources: ScyllaDB's documentation and `docker-hub.md` of each release, and its issues where named.
"""

from __future__ import annotations

from dataclasses import dataclass

from generator.spec.release import line


@dataclass(frozen=True, slots=True)
class ScyllaVersion:
    """What is so from one release on.

    Attributes:
        lightweight_transactions_on_tablets: whether `leases` works on tablets (scylladb #18068).
        compressor: what new tables get by default (LZ4 with a dictionary from 2025.4 on, scylladb #26610).
            Said outright, so that a table is the same whenever it was made.
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
"""No older one is known to take this schema."""


def row(version: str) -> ScyllaVersion:
    """The row that holds for a version: that of its line, or of the nearest line before it."""
    known = [name for name in VERSIONS if line(name) <= line(version)]
    return VERSIONS[max(known, key=line, default=OLDEST)]
