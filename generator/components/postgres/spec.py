"""The keys of PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass

from generator.spec import kinds
from generator.spec.keys import option, section_key
from generator.spec.quantities import Size


@dataclass(frozen=True)
class PostgresSpec:
    """The database of the sample services (natively they use SQLite)."""

    version: str = option(kinds.Version("17.12"), "17.12", "image version")
    memory: Size = option(kinds.size("256MiB", "64MiB", "64GiB"), Size(256 << 20), "memory limit")


POSTGRES = section_key("postgres", PostgresSpec, "the database of the sample services", 90)
