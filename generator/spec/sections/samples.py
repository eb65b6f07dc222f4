"""What only the sample services need."""

from __future__ import annotations

from dataclasses import dataclass

from generator.spec import containers, kinds
from generator.spec.keys import key
from generator.spec.quantities import Size


@dataclass(frozen=True)
class RedisSpec:
    """The queues of the sample services, and of your own when you ask for it."""

    enabled: bool | None = key(
        containers.Maybe(kinds.Flag()),
        None,
        "null: with the samples; true: beside `services` too, as REDIS_URL",
    )
    version: str = key(kinds.Version("7.4.7"), "7.4.7", "image; natively 6.2 or whatever is installed")
    memory: Size = key(kinds.size("128MiB", "16MiB", "64GiB"), Size(128 << 20), "its limit")


@dataclass(frozen=True)
class PostgresSpec:
    """The database of the sample services (natively they use SQLite)."""

    version: str = key(kinds.Version("17.6"), "17.6", "image")
    memory: Size = key(kinds.size("256MiB", "64MiB", "64GiB"), Size(256 << 20), "its limit")
