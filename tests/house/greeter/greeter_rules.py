"""The greeter's own rules."""

from __future__ import annotations

from collections.abc import Iterator

from generator.rules.check import Breach, rule
from generator.rules.scene import Scene


@rule("KIT901")
def greeting_is_polite(scene: Scene) -> Iterator[Breach]:
    """Look at the words."""
    from tests.house.greeter.component import GreeterPlan

    greeting = scene.deployment[GreeterPlan].greeting
    if "away" in greeting:
        yield Breach(f"`{greeting}`", "a polite greeting", key="greeter.greeting")


CHECKS = (greeting_is_polite,)
