"""Spec and target ⇒ Deployment. Every decision that is not the user's is taken here and in the components' plans."""

from __future__ import annotations

from pathlib import PurePosixPath

from generator.components import components
from generator.deployment.images import plan_images
from generator.deployment.layout import Layout
from generator.deployment.model import Deployment
from generator.deployment.network import Network
from generator.overrides import NO_OVERRIDES, Overrides
from generator.spec.model import Spec
from generator.spec.sections.native import NATIVE
from generator.spec.sections.ports import PORTS
from generator.target import Target


def resolve(
    spec: Spec,
    target: Target,
    folder: PurePosixPath = PurePosixPath("/"),
    overrides: Overrides = NO_OVERRIDES,
    context: str = ".",
) -> Deployment:
    """Decide everything for one target.

    Args:
        spec: the user's wishes.
        target: where it will run.
        folder: the deployment's folder, absolute; it shows only in native configs.
        overrides: the user's own additions, which lie over what is rendered.
        context: the folder that the kit's own image is built from, relative to the deployment's.
    """
    platform = target.platform(spec, folder)
    plans = [plan(spec, platform) for component in components() for plan in component.plans]
    return Deployment(
        name=spec.name,
        platform=platform,
        network=Network(platform, spec[PORTS], spec[NATIVE].port_base),
        layout=Layout(platform),
        images=plan_images(spec, context),
        plans={type(plan): plan for plan in plans},
        overrides=overrides,
    )
