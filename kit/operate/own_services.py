"""Checks for deployments with the user's own services: what can't start, and which commands need the samples."""

from __future__ import annotations

from collections.abc import Mapping

from generator.components.services.plan import ServicesPlan
from generator.deployment.model import Deployment
from kit.errors import UserError


def refuse_left_out(deployment: Deployment, runtime: str, startable: str) -> None:
    """Refuse to start a deployment if this target can't start one of its services.

    Args:
        deployment: the deployment to start.
        runtime: the runtime, as a message names it.
        startable: the key that the runtime needs in a service, for the hint.

    Raises:
        UserError: a service has no key with which this target can start it.
    """
    names = deployment[ServicesPlan].left_out
    if names:
        raise UserError(
            "\n".join(f"services: {name} can't be started with {runtime}" for name in names),
            hint=f"give each {startable} in kit.yaml, or remove it from `services` and start it yourself "
            f"with the variables of `kit env {names[0]}`",
        )


def needs_samples(what: str, urls: Mapping[str, str]) -> str:
    """Return the address of coupon-api, for a command that needs the samples.

    Raises:
        UserError: the deployment runs without the samples.
    """
    if "coupon-api" not in urls:
        raise UserError(
            f"{what} needs the sample services, which `services` in kit.yaml replaces",
            hint="send requests to your own services, then: kit traces search --service NAME",
        )
    return urls["coupon-api"]


def refuse_sampling(what: str, sampled: bool) -> None:
    """Refuse to follow requests where sampling drops traces.

    Raises:
        UserError: the deployment samples.
    """
    if sampled:
        raise UserError(
            f"{what} needs the trace of every request, but `collector.sampling` drops some",
            hint="set `keep: all` there in kit.yaml, then: kit down, kit up, and run it again",
        )
