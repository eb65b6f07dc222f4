"""A deployment: all decisions from a spec for one target."""

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
    """All inputs of rendering.

    Attributes:
        name: Name of the deployment.
        platform: Capabilities of the target.
        network: Addresses.
        layout: Paths.
        images: Images, if the target uses them.
        plans: Decisions of the components, by the class of the plan.
        overrides: The user's overrides, which are merged over the rendered files.
    """

    name: str
    platform: Platform
    network: Network
    layout: Layout
    images: Images
    plans: Mapping[type, Any]
    overrides: Overrides = NO_OVERRIDES

    def __getitem__(self, plan: type[P]) -> P:
        """Return the decisions of one component, for example `deployment[JaegerPlan]`."""
        decided: P = self.plans[plan]
        return decided
