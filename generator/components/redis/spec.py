"""The keys of Redis."""

from __future__ import annotations

from dataclasses import dataclass

from generator.spec import containers, kinds
from generator.spec.keys import option, section_key
from generator.spec.quantities import Size

# Without `,`, `=`, `%` and `+`: redis_exporter gives them a meaning of their own.
_STREAM = kinds.Text(
    r"[A-Za-z0-9._:{}/-]{1,200}", "the name of a stream: letters, digits and . _ : { } / -", max_length=200
)


@dataclass(frozen=True)
class RedisSpec:
    """The queues of the sample services, and with `enabled: true` also of your own services."""

    enabled: bool | None = option(
        containers.Maybe(kinds.Flag()),
        None,
        "null: runs with the samples; true: also with `services`, which get REDIS_URL",
    )
    version: str = option(
        kinds.Version("7.4.11"), "7.4.11", "image version; natively 6.2, or the installed version"
    )
    streams: tuple[str, ...] | None = option(
        containers.Maybe(containers.ListOf(_STREAM, 50)),
        None,
        "streams whose length, groups and oldest entry Prometheus shows; null: those of the samples, if they run",
    )
    memory: Size = option(kinds.size("128MiB", "16MiB", "64GiB"), Size(128 << 20), "memory limit")


REDIS = section_key("redis", RedisSpec, "queues of the services", 80)
