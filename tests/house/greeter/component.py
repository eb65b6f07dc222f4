"""The greeter: all that the kit knows of it, in this folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from generator.component import Address, Component
from generator.deployment.model import Deployment
from generator.deployment.network import Listener
from generator.deployment.platform import Platform
from generator.spec.model import Spec
from generator.spec.quantities import Size
from generator.spec.sections.images import ImageKey
from generator.workload import Health, MetricsEndpoint, Mount, Workload
from tests.house.greeter.spec import GREETER, GREETER_PORT

PAGE, METRICS = "greeter/page.txt", "greeter/metrics"
LISTENER = Listener("greeter", "page", 8000, GREETER_PORT.key)


@dataclass(frozen=True, slots=True)
class GreeterPlan:
    """The greeter's decisions."""

    greeting: str


def plan_greeter(spec: Spec, platform: Platform) -> GreeterPlan:
    """Decide for the greeter."""
    del platform
    return GreeterPlan(spec[GREETER].greeting)


def workloads(deployment: Deployment) -> Iterator[Workload]:
    """One web server over the rendered files."""
    layout = deployment.layout
    folder = layout.rendered(PAGE).rpartition("/")[0]
    host, _, port = deployment.network.bind(LISTENER).rpartition(":")
    yield Workload(
        name="greeter",
        title="greeter 1.0",
        image="python:3.13",
        program="python",
        command=("-m", "http.server", port, "--bind", host, "--directory", folder),
        mounts=tuple(Mount(file, layout.rendered(file)) for file in (PAGE, METRICS)),
        listens=(LISTENER,),
        memory=Size(64 << 20),
        resident=15,
        read_only=True,
        unprivileged=True,
        health=Health("http", LISTENER, path="/page.txt", inside=("true",)),
        metrics=MetricsEndpoint(LISTENER),
        version="1.0",
        stop_grace=2,
    )


def files(deployment: Deployment, workloads: Sequence[Workload]) -> Iterator[tuple[str, str]]:
    """The page, with the addresses of all metrics; and the greeter's own metrics."""
    reach = deployment.network.reach
    asked = [f"{w.name} {reach(w.metrics.listener)}{w.metrics.path}\n" for w in workloads if w.metrics]
    yield PAGE, f"# rendered from kit.yaml\n{deployment[GreeterPlan].greeting}\n{''.join(asked)}"
    yield METRICS, '# rendered from kit.yaml\ntarget_info{service_version="1.0"} 1\n'


def addresses(deployment: Deployment) -> Iterator[Address]:
    """The page."""
    yield Address("greeter", deployment.network.url(LISTENER) + "/page.txt", "the page that greets", 95)


COMPONENT = Component(
    name="greeter",
    keys=(GREETER,),
    ports=(GREETER_PORT,),
    images=(ImageKey("greeter", "null is python:3.13", 95),),
    plans=(plan_greeter,),
    listeners=(LISTENER,),
    workloads=workloads,
    files=files,
    addresses=addresses,
    rules="tests.house.greeter.greeter_rules",
)
