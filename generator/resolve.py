"""Spec and target ⇒ Deployment. The kit's own decisions are made here and in the components' plans."""

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
        spec: the user's spec.
        target: target to run the deployment on.
        folder: absolute path of the deployment's folder; only native configs contain it.
        overrides: the user's overrides, merged into the rendered files.
        context: build context of the kit's own image, relative to the deployment's folder.
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
