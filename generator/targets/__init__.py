"""The targets: ways to run a deployment. To add one, add a module here and a line in `TARGETS`."""

from __future__ import annotations

from generator.target import Target
from generator.targets.compose import COMPOSE
from generator.targets.native import NATIVE

__all__ = ("COMPOSE", "NATIVE", "TARGETS", "default_target", "target_named")

TARGETS = [COMPOSE, NATIVE]


def default_target() -> Target:
    """Return the target of a command without an option for it."""
    return TARGETS[0]


def target_named(name: str) -> Target:
    """Return the target with a name.

    Raises:
        ValueError: No target has this name.
    """
    found = next((target for target in TARGETS if target.name == name), None)
    if found is None:
        raise ValueError(f"unknown target {name}: use one of {', '.join(map(str, TARGETS))}")
    return found
