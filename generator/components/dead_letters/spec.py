"""Dead letters."""

from __future__ import annotations

from dataclasses import dataclass

from generator.spec import kinds
from generator.spec.keys import option, section_key
from generator.spec.quantities import Size


@dataclass(frozen=True)
class DeadLettersSpec:
    """Spans that the storage refuses even when sent alone: kept on disk instead of being retried forever."""

    enabled: bool = option(
        kinds.Flag(), True, "runs between collector and Jaeger; `false`: a refused span is retried forever"
    )
    size: Size = option(
        kinds.size("256MiB", "16MiB", "1TiB"),
        Size(256 << 20),
        "disk for dead letters; when full, the oldest are deleted",
    )


DEAD_LETTERS = section_key(
    "dead_letters", DeadLettersSpec, "spans that the storage always refuses; see `kit deadletters`", 55
)
