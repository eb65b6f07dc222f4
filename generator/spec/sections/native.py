"""The native target."""

from __future__ import annotations

from dataclasses import dataclass

from generator.spec import kinds
from generator.spec.keys import option, section_key
from generator.spec.quantities import Size


@dataclass(frozen=True)
class NativeSpec:
    """What `kit up --target native` runs, without Docker."""

    storage: str = option(
        kinds.Choice(("cassandra", "badger", "memory")), "cassandra",
        "Cassandra stands in for ScyllaDB, which no package registry carries; badger needs 500 MiB less",
    )  # fmt: skip
    heap: Size = option(kinds.size("512MiB", "256MiB", "64GiB"), Size(512 << 20), "Cassandra's Java heap")
    port_base: int = option(
        kinds.Count(1024, 65000, "a port"),
        24300,
        "the first of twenty ports that the parts use among themselves",
    )
    monitoring: bool = option(
        kinds.Flag(),
        False,
        "run Prometheus natively too, if `monitoring` is enabled; it is built for minutes, once",
    )


NATIVE = section_key("native", NativeSpec, "what `kit up --target native` runs, without Docker", 920)

# Native components find their own ports in this many from `native.port_base` on.
NATIVE_PORTS = 20
