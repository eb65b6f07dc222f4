"""The OpenTelemetry Collector."""

from __future__ import annotations

from dataclasses import dataclass

from generator.spec import kinds
from generator.spec.keys import key, section
from generator.spec.quantities import Size


@dataclass(frozen=True)
class QueueSpec:
    """Where the collector keeps spans that Jaeger has not written yet."""

    persistent: bool = key(
        kinds.Flag(), True, "on disk: survives a crash and an outage of Jaeger; `false` keeps it in memory"
    )
    size: Size = key(
        kinds.size("1GiB", "16MiB", "1TiB"), Size(1 << 30), "how much it may hold before senders are refused"
    )


@dataclass(frozen=True)
class CollectorSpec:
    """The OpenTelemetry Collector: the one address that services send to."""

    version: str = key(kinds.Version("0.159.0", ("0.159.0",)), "0.159.0", "image and binary")
    memory: Size = key(
        kinds.size("512MiB", "128MiB", "64GiB"),
        Size(512 << 20),
        "its limit; the limiter and GOMEMLIMIT follow",
    )
    queue: QueueSpec = section(QueueSpec, "spans that Jaeger has not written yet")
