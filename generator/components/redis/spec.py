"""The keys of Redis."""

from __future__ import annotations

from dataclasses import dataclass

from generator.spec import containers, kinds
from generator.spec.keys import option, section_key
from generator.spec.quantities import Size


@dataclass(frozen=True)
class RedisSpec:
    """The queues of the sample services, and of your own when you ask for it."""

    enabled: bool | None = option(
        containers.Maybe(kinds.Flag()),
        None,
        "null: with the samples; true: beside `services` too, as REDIS_URL",
    )
    version: str = option(kinds.Version("7.4.11"), "7.4.11", "image; natively 6.2 or whatever is installed")
    memory: Size = option(kinds.size("128MiB", "16MiB", "64GiB"), Size(128 << 20), "its limit")


REDIS = section_key("redis", RedisSpec, "queues", 80)
