"""The plan for services: the ones that run, and the settings of the user's own."""

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
        image: Image; empty if it is built, or started by a command.
        build: Folder with its Dockerfile, or empty.
        command: Arguments after the image's entry point, or natively the whole command.
        environment: The user's variables in clear text.
        secrets: The user's variables from `env`, and those that hold the path of a secret file.
        listener: Where it listens; None if it does not.
        health: Path that answers 2xx once it is ready; empty if there is none.
        metrics: Path of its metrics in Prometheus's format; empty if it has none.
        metrics_listener: Where it serves them; None if it has none.
        application: Label of its metrics; empty for the deployment's name.
        after: The user's services that must be ready before it starts.
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
    metrics_listener: Listener | None
    application: str
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Objective:
    """An objective of a service.

    Attributes:
        endpoint: Name of the endpoint; empty for all endpoints.
        success: Minimum share of requests without an error; None: no such limit.
        p99: Maximum duration of 99 % of the requests; None: no such limit.
    """

    service: str
    endpoint: str
    success: Percent | None
    p99: Duration | None


@dataclass(frozen=True, slots=True)
class ServicesPlan:
    """The decisions for services.

    Attributes:
        samples: Whether the three samples run, with the databases that they need.
        own: The user's services that this target can run.
        left_out: Names of the services that it can't run: without an image, or natively without a command.
        objectives: The objectives of the services.
    """

    samples: bool
    own: tuple[OwnService, ...]
    left_out: tuple[str, ...]
    objectives: tuple[Objective, ...]


def plan_services(spec: Spec, platform: Platform) -> ServicesPlan:
    """Return the plan for services."""
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
    listener = Listener(wish.name, "http", port, "services", wish.published or port) if port else None
    return OwnService(
        name=wish.name,
        image=wish.image or "",
        build=wish.build or "",
        command=wish.command if platform.has_images else wish.run,
        environment={key: value for key, value in wish.environment.items() if isinstance(value, str)},
        secrets={key: value for key, value in wish.environment.items() if isinstance(value, Secret)},
        listener=listener,
        health=wish.health or "",
        memory=wish.memory,
        metrics=wish.metrics.path if wish.metrics else "",
        metrics_listener=_metrics_listener(wish, listener),
        application=wish.application or "",
        after=tuple(name for name in wish.after if name in names),
    )


def _metrics_listener(wish: ServiceSpec, listener: Listener | None) -> Listener | None:
    port = wish.metrics.port if wish.metrics else None
    if port is None or (listener is not None and port == listener.port):
        return listener if wish.metrics else None
    # Natively the service opens this port itself.
    return Listener(wish.name, "metrics", port, "services", port)


def _objectives(spec: Spec) -> tuple[Objective, ...]:
    wishes = spec[OBJECTIVES]
    if wishes is not None:
        return tuple(Objective(wish.service, wish.endpoint or "", wish.success, wish.p99) for wish in wishes)
    if spec[SERVICES] is None:
        return (Objective("coupon-api", "", Percent.parse("99%"), Duration(400)),)
    return ()
