"""The ways to run a deployment. Adding one is a module here and a line in `TARGETS`."""

from __future__ import annotations

from generator.target import Target
from generator.targets.compose import COMPOSE
from generator.targets.native import NATIVE

__all__ = ("COMPOSE", "NATIVE", "TARGETS", "default_target", "target_named")

TARGETS = [COMPOSE, NATIVE]


def default_target() -> Target:
    """The target that a command means when it is given none."""
    return TARGETS[0]


def target_named(name: str) -> Target:
    """The target of a name.

    Raises:
        ValueError: there is none.
    """
    found = next((target for target in TARGETS if target.name == name), None)
    if found is None:
        raise ValueError(f"no target named {name}: there are {', '.join(map(str, TARGETS))}")
    return found
