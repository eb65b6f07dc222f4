"""The plans of what only the sample services need."""

from __future__ import annotations

from dataclasses import dataclass

from generator.spec.quantities import Size


@dataclass(frozen=True, slots=True)
class RedisPlan:
    """Redis's decisions."""

    version: str
    memory: Size


@dataclass(frozen=True, slots=True)
class PostgresPlan:
    """PostgreSQL's decisions."""

    version: str
    memory: Size
