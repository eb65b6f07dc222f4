"""A deployment: the spec with every decision taken, for one target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from generator.deployment.images import Images
from generator.deployment.layout import Layout
from generator.deployment.network import Network
from generator.deployment.platform import Platform
from generator.overrides import NO_OVERRIDES, Overrides

P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Deployment:
    """Everything that rendering needs to know.

    Attributes:
        name: The deployment's name.
        platform: What the target can do.
        network: The addresses.
        layout: The paths.
        images: The images, where the target has them.
        plans: The components' decisions, by their class.
        overrides: The user's own additions, which lie over what is rendered.
    """

    name: str
    platform: Platform
    network: Network
    layout: Layout
    images: Images
    plans: Mapping[type, Any]
    overrides: Overrides = NO_OVERRIDES

    def __getitem__(self, plan: type[P]) -> P:
        """The decisions of one component, such as `deployment[JaegerPlan]`."""
        decided: P = self.plans[plan]
        return decided
