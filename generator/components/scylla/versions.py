"""ScyllaDB versions the kit knows, and what differs between them.

Sources: ScyllaDB's documentation and `docker-hub.md` of each release.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ScyllaVersion:
    """One release line's row.

    Attributes:
        lightweight_transactions_on_tablets: whether `leases` works on tablets (from 2025.4 on).
    """

    lightweight_transactions_on_tablets: bool


VERSIONS = {
    "6.2": ScyllaVersion(lightweight_transactions_on_tablets=False),
    "2025.1": ScyllaVersion(lightweight_transactions_on_tablets=False),
    "2025.4": ScyllaVersion(lightweight_transactions_on_tablets=True),
    "2026.1": ScyllaVersion(lightweight_transactions_on_tablets=True),
    "2026.2": ScyllaVersion(lightweight_transactions_on_tablets=True),
}


def row(version: str) -> ScyllaVersion:
    """The row of a version's line; the newest line's for one that is not known yet."""
    line = ".".join(version.split(".")[:2])
    return VERSIONS.get(line, VERSIONS["2026.2"])
