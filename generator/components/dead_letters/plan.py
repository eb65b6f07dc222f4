"""The plan for dead letters."""

from __future__ import annotations

from dataclasses import dataclass

from generator.components.dead_letters.spec import DEAD_LETTERS
from generator.deployment.platform import Platform
from generator.spec.model import Spec
from generator.spec.quantities import Size


@dataclass(frozen=True, slots=True)
class DeadLettersPlan:
    """The decisions for dead letters.

    Attributes:
        enabled: Whether spans that are refused even when sent alone are set aside.
        size: Disk that dead letters may take.
    """

    enabled: bool
    size: Size


def plan_dead_letters(spec: Spec, platform: Platform) -> DeadLettersPlan:
    """Return the plan for dead letters."""
    del platform
    wish = spec[DEAD_LETTERS]
    return DeadLettersPlan(wish.enabled, wish.size)
