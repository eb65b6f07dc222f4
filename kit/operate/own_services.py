"""What a user's own services mean for the commands: what can't be started, and what needs the samples."""

from __future__ import annotations

from collections.abc import Mapping

from generator.components.services.plan import ServicesPlan
from generator.deployment.model import Deployment
from kit.errors import UserError


def refuse_left_out(deployment: Deployment, runtime: str, startable: str) -> None:
    """Refuse to start a deployment without some of its services.

    Args:
        deployment: what is to be started.
        runtime: what starts it.
        startable: what that needs of a service.

    Raises:
        UserError: a service has nothing that this target can start.
    """
    names = deployment[ServicesPlan].left_out
    if names:
        raise UserError(
            "\n".join(f"services: {name} has nothing that {runtime} can start" for name in names),
            hint=f"give each {startable} in kit.yaml, or start it yourself with "
            f"the variables of `kit env {names[0]}`, and take it out of `services`",
        )


def needs_samples(what: str, urls: Mapping[str, str]) -> str:
    """The address of coupon-api, for a command that can't do without the samples.

    Raises:
        UserError: the deployment runs without them.
    """
    if "coupon-api" not in urls:
        raise UserError(
            f"{what} sends its requests to the sample services, and `services` in kit.yaml takes their place",
            hint="send your services some requests, then: kit traces search --service NAME",
        )
    return urls["coupon-api"]


def refuse_sampling(what: str, sampled: bool) -> None:
    """Refuse to follow requests where not every trace is kept.

    Raises:
        UserError: some are dropped.
    """
    if sampled:
        raise UserError(
            f"{what} looks for the trace of every request, and `collector.sampling` drops some",
            hint="with `keep: all` in kit.yaml it works: kit down, kit up, and again",
        )
