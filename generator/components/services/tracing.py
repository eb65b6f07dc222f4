"""The keys of tracing in services."""

from __future__ import annotations

from dataclasses import dataclass

from generator.spec import kinds
from generator.spec.keys import option, section_key
from generator.spec.quantities import Duration


@dataclass(frozen=True)
class TracingSpec:
    """Tracing in the services."""

    propagation: str = option(
        kinds.Choice(("parent", "link")), "parent",
        "across a queue: `parent` continues the trace, `link` starts a new trace that links to the sender's",
    )  # fmt: skip
    export_delay: Duration = option(
        kinds.duration("500ms", "10ms", "30s"), Duration(500),
        "time for which a service collects spans before it sends them; the SDK's default is 5s",
    )  # fmt: skip
    queue: int = option(
        kinds.Count(64, 1_000_000, "a number of spans"),
        20_000,
        "spans that a service holds while the collector is not reachable; above it, the oldest are dropped and counted",
    )


TRACING = section_key("tracing", TracingSpec, "tracing in the services", 30)
