"""How services trace."""

from __future__ import annotations

from dataclasses import dataclass

from generator.spec import kinds
from generator.spec.keys import option, section_key
from generator.spec.quantities import Duration


@dataclass(frozen=True)
class TracingSpec:
    """How the services trace."""

    propagation: str = option(
        kinds.Choice(("parent", "link")), "parent",
        "across a queue: `parent` makes one trace of all hops, `link` a new trace that links back",
    )  # fmt: skip
    export_delay: Duration = option(
        kinds.duration("500ms", "10ms", "30s"), Duration(500),
        "how long a service gathers spans before it sends them; the SDK's own default is 5s",
    )  # fmt: skip
    queue: int = option(
        kinds.Count(64, 1_000_000, "a number of spans"),
        20_000,
        "spans a service holds while the collector does not take them; beyond it the oldest are dropped, and counted",
    )


TRACING = section_key("tracing", TracingSpec, "how the services trace", 30)
