"""Versions that the kit pins, with the month of each pin and the newer releases known at that time.

The table belongs to this release of the kit: no registry is queried. docs/reference/versions.md lists the versions
that were checked, and how.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pin:
    """One pinned release.

    Attributes:
        component: Name of the component, or of the base of the kit's own image.
        version: Release that the kit uses by default.
        since: Month of the pin, `YYYY-MM`.
        newer: Newer release known in that month, with the reason why it is not used; empty if none was known.
    """

    component: str
    version: str
    since: str
    newer: str = ""


PINS = (
    Pin("redis", "7.4.11", "2026-11", "8.x: another major release"),
    Pin("postgres", "17.12", "2026-11", "18.x: another major release, which does not read a volume of 17"),
    Pin("scylla", "2026.1.11", "2026-11", "2026.2.5: a later line, without a default role"),
    Pin("cassandra", "5.0.9", "2026-11"),
    Pin("jaeger", "2.20.0", "2026-11"),
    Pin("collector", "0.159.0", "2026-11"),
    Pin("prometheus", "3.16.0", "2026-11"),
    Pin(
        "grafana", "13.2.3", "2026-11", "13.3.0: its types, which check the dashboards, are not published yet"
    ),
    Pin("node-exporter", "1.12.1", "2026-11"),
    Pin("redis-exporter", "1.91.1-alpine", "2026-11"),
    Pin("postgres-exporter", "0.20.1", "2026-11"),
    Pin("python", "3.12.14", "2026-11", "3.13 and 3.14: other minor releases"),
)
