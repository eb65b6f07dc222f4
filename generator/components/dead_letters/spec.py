"""Dead letters."""

from __future__ import annotations

from dataclasses import dataclass

from generator.spec import kinds
from generator.spec.keys import option, section_key
from generator.spec.quantities import Size


@dataclass(frozen=True)
class DeadLettersSpec:
    """Spans that the storage refuses by themselves: kept on disk instead of tried for ever."""

    enabled: bool = option(
        kinds.Flag(), True, "between collector and Jaeger; `false`: one refused span is tried for ever"
    )
    size: Size = option(
        kinds.size("256MiB", "16MiB", "1TiB"), Size(256 << 20), "disk for them; the oldest go first"
    )


DEAD_LETTERS = section_key(
    "dead_letters", DeadLettersSpec, "spans that the storage never takes: kit deadletters", 55
)
