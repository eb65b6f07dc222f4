"""The section `native`."""

from __future__ import annotations

from dataclasses import dataclass

from generator.spec import kinds
from generator.spec.keys import option, section_key
from generator.spec.quantities import Size


@dataclass(frozen=True)
class NativeSpec:
    """Settings of `kit up --target native`, which runs without Docker."""

    storage: str = option(
        kinds.Choice(("cassandra", "badger", "memory")), "cassandra",
        "cassandra replaces ScyllaDB, which is in no package registry; badger needs 500 MiB less memory",
    )  # fmt: skip
    heap: Size = option(kinds.size("512MiB", "256MiB", "64GiB"), Size(512 << 20), "Cassandra's Java heap")
    port_base: int = option(
        kinds.Count(1024, 65000, "a port"),
        24300,
        "first of twenty ports for connections between the native programs",
    )
    monitoring: bool = option(
        kinds.Flag(),
        False,
        "run Prometheus natively too, if `monitoring` is enabled; it is built for minutes, once",
    )


NATIVE = section_key(
    "native", NativeSpec, "settings of `kit up --target native`, which runs without Docker", 920
)

# Number of ports for native components, from `native.port_base` on.
NATIVE_PORTS = 20
