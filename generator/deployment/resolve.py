"""Spec and target ⇒ Deployment. Every decision that is not the user's is taken here and in `plans/`."""

from __future__ import annotations

from pathlib import PurePosixPath

from generator.deployment.images import plan_images
from generator.deployment.layout import Layout
from generator.deployment.model import Deployment
from generator.deployment.network import Network
from generator.deployment.plans.collector import plan_collector
from generator.deployment.plans.jaeger import plan_jaeger
from generator.deployment.plans.samples import PostgresPlan, RedisPlan
from generator.deployment.plans.services import plan_services
from generator.deployment.plans.storage import plan_storage
from generator.deployment.plans.tracing import plan_tracing
from generator.deployment.target import Target
from generator.overrides import NO_OVERRIDES, Overrides
from generator.spec.model import Spec


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
    return Deployment(
        name=spec.name,
        target=target,
        network=Network(target, spec),
        layout=Layout(target, folder),
        images=plan_images(spec, context),
        tracing=plan_tracing(spec),
        services=plan_services(spec, target),
        collector=plan_collector(spec),
        jaeger=plan_jaeger(spec, target),
        storage=plan_storage(spec, target),
        redis=RedisPlan(spec.redis.version, spec.redis.memory),
        postgres=PostgresPlan(spec.postgres.version, spec.postgres.memory),
        dependencies_every=spec.dependencies.every,
        overrides=overrides,
    )
