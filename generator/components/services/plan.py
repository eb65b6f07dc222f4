"""Which services run, and what a user's own are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from generator.components.services.objectives import OBJECTIVES
from generator.components.services.spec import SERVICES, ServiceSpec
from generator.deployment.network import Listener
from generator.deployment.platform import Platform
from generator.spec.model import Spec
from generator.spec.quantities import Duration, Percent, Size
from generator.spec.secret import Secret


@dataclass(frozen=True, slots=True)
class OwnService:
    """One of the user's services.

    Attributes:
        image: empty when it is built, or started by a command.
        build: the folder with its Dockerfile, or empty.
        command: behind the image's entry point, or the whole command natively.
        environment: the user's variables in clear text.
        secrets: the user's variables that come from elsewhere: those of `env`, and files whose path is told.
        listener: where it listens; None when it does not.
        health: the path that tells that it is ready; empty when there is none.
        metrics: the path of its metrics in Prometheus's format; empty when it has none.
        after: the user's services that must be ready before.
    """

    name: str
    image: str
    build: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    secrets: Mapping[str, Secret]
    listener: Listener | None
    health: str
    memory: Size
    metrics: str
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Objective:
    """What a service promises; `endpoint` empty for all of them, a promise None where there is none."""

    service: str
    endpoint: str
    success: Percent | None
    p99: Duration | None


@dataclass(frozen=True, slots=True)
class ServicesPlan:
    """Which services run.

    Attributes:
        samples: the three samples, and the databases they need.
        own: the user's, as far as this target can run them.
        left_out: names of those it can't: without an image, or natively without a command.
        objectives: what the services promise.
    """

    samples: bool
    own: tuple[OwnService, ...]
    left_out: tuple[str, ...]
    objectives: tuple[Objective, ...]


def plan_services(spec: Spec, platform: Platform) -> ServicesPlan:
    """Decide which services run."""
    wishes = spec[SERVICES] or ()
    runnable = [wish for wish in wishes if _runs(wish, platform)]
    names = {wish.name for wish in runnable}
    return ServicesPlan(
        samples=spec[SERVICES] is None,
        own=tuple(_own(wish, platform, names) for wish in runnable),
        left_out=tuple(wish.name for wish in wishes if wish.name not in names),
        objectives=_objectives(spec),
    )


def _runs(wish: ServiceSpec, platform: Platform) -> bool:
    return bool(wish.image or wish.build) if platform.has_images else bool(wish.run)


def _own(wish: ServiceSpec, platform: Platform, names: set[str]) -> OwnService:
    port = wish.port
    return OwnService(
        name=wish.name,
        image=wish.image or "",
        build=wish.build or "",
        command=wish.command if platform.has_images else wish.run,
        environment={key: value for key, value in wish.environment.items() if isinstance(value, str)},
        secrets={key: value for key, value in wish.environment.items() if isinstance(value, Secret)},
        listener=Listener(wish.name, "http", port, "services", wish.published or port) if port else None,
        health=wish.health or "",
        memory=wish.memory,
        metrics=wish.metrics or "",
        after=tuple(name for name in wish.after if name in names),
    )


def _objectives(spec: Spec) -> tuple[Objective, ...]:
    wishes = spec[OBJECTIVES]
    if wishes is not None:
        return tuple(Objective(wish.service, wish.endpoint or "", wish.success, wish.p99) for wish in wishes)
    if spec[SERVICES] is None:
        return (Objective("coupon-api", "", Percent.parse("99%"), Duration(400)),)
    return ()
