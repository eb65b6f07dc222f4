"""Contradictions between the user's own services, and between them and other keys of a spec."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generator.components.redis.spec import REDIS
from generator.components.services.objectives import OBJECTIVES
from generator.components.services.ports import API_PORT
from generator.components.services.spec import SERVICES, ServiceSpec
from generator.spec.model import Spec
from generator.spec.places import SpecText
from generator.spec.problem import Problem
from generator.spec.sections.native import NATIVE, NATIVE_PORTS
from generator.spec.sections.ports import PORTS

SAMPLES = ("coupon-api", "coupon-issuer", "coupon-notifier")
# Lower ports are reserved for root.
_FIRST_FREE = 1024


def relations_of_services(spec: Spec, text: SpecText) -> Iterator[Problem]:
    """Find contradictions between services, their ports and their objectives."""
    services = spec[SERVICES] or ()
    for index, service in enumerate(services):
        path = f"services[{index}]"
        yield from _start(service, path, text)
        if any(service.name == other.name for other in services[:index]):
            yield text.problem(
                f"{path}.name", f"`{service.name}` a second time", "each name once", "rename one"
            )
        yield from _after(services, service, path, text)
    yield from _ports(spec, text)
    if spec[SERVICES] is None and spec[REDIS].enabled is False:
        yield text.problem(
            "redis.enabled",
            "false, but the samples run",
            "true or null",
            "write `services: []` to do without the samples",
        )
    yield from _objectives(spec, text)


def _start(service: ServiceSpec, path: str, text: SpecText) -> Iterator[Problem]:
    if service.image and service.build:
        yield text.problem(f"{path}.build", "`image` and `build`", "one of them", "remove one")
    elif not (service.image or service.build or service.run):
        yield text.problem(
            path,
            f"no command or image to start {service.name}",
            "`image` or `build` for Compose, `run` natively",
            "add `image: …`, or `run: [program, argument]`",
        )
    if service.command and not (service.image or service.build):
        yield text.problem(
            f"{path}.command",
            "`command` without an image",
            "`command` with `image` or `build`",
            "add one of them; the command of the native target is `run`",
        )
    if service.run == ("",):
        yield text.problem(f"{path}.run", "an empty word", "a program", "write it like [node, server.js]")
    for key in ("published", "health", "metrics"):
        itself = key == "metrics" and service.metrics is not None and service.metrics.port is not None
        if getattr(service, key) is not None and service.port is None and not itself:
            yield text.problem(
                f"{path}.{key}", f"`{key}` without `port`", "the port on which it listens", "add `port: …`"
            )


def _after(
    services: tuple[ServiceSpec, ...], service: ServiceSpec, path: str, text: SpecText
) -> Iterator[Problem]:
    known = {other.name: other.after for other in services}
    for name in service.after:
        if name not in known:
            others = (
                ", ".join(other for other in known if other != service.name)
                or "no entry: there is no other service"
            )
            fix = "remove it: a service always waits for the collector, and for Redis if it runs"
            yield text.problem(f"{path}.after", f"`{name}`, which is none of `services`", others, fix)
        elif _reaches(name, service.name, known):
            found = f"`{name}`, which waits for {service.name} itself"
            yield text.problem(f"{path}.after", found, "no cycle", "remove one of the two entries")


def _reaches(start: str, goal: str, after: Mapping[str, tuple[str, ...]]) -> bool:
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        name = ahead.pop()
        if name == goal:
            return True
        if name not in seen:
            seen.add(name)
            ahead += after.get(name, ())
    return False


def _ports(spec: Spec, text: SpecText) -> Iterator[Problem]:
    taken = {spec[PORTS][key]: f"ports.{key}" for key in _opened(spec) if key != API_PORT.key}
    first, last = spec[NATIVE].port_base, spec[NATIVE].port_base + NATIVE_PORTS - 1
    services = spec[SERVICES]
    for index, service in enumerate(services or ()):
        port = service.published or service.port
        if port is None:
            continue
        path = f"services[{index}].{'published' if service.published else 'port'}"
        if port < _FIRST_FREE:
            found = f"{port}, which only root may open on 127.0.0.1"
            yield text.problem(
                path, found, "a published port of 1024 or above", "add `published: …` with one"
            )
        elif port in taken:
            found = f"{port}, which {taken[port]} uses too"
            fix = "add `published: …` with a free port"
            fix += f", or change {taken[port]}" if taken[port].startswith("ports.") else ""
            yield text.problem(path, found, "a port on 127.0.0.1 that is not used yet", fix)
        elif first <= port <= last:
            found = f"{port}, which is in the range of native.port_base, {first} to {last}"
            fix = "add `published: …` with another port, or change native.port_base"
            yield text.problem(path, found, "a port outside of that range", fix)
        taken.setdefault(port, f"services[{index}]")


def _opened(spec: Spec) -> Iterator[str]:
    """Yield the keys of the ports that a deployment of this spec opens."""
    from generator.components import components

    ports = (port for component in components() for port in component.ports)
    yield from (port.key for port in ports if port.opened is None or port.opened(spec))


def _objectives(spec: Spec, text: SpecText) -> Iterator[Problem]:
    services = spec[SERVICES]
    known = SAMPLES if services is None else tuple(service.name for service in services)
    seen: dict[tuple[str, str | None], int] = {}
    objectives = spec[OBJECTIVES]
    for index, objective in enumerate(objectives or ()):
        path = f"objectives[{index}]"
        if objective.service not in known:
            found = f"`{objective.service}`, which this deployment does not run"
            expected = (
                "one of " + ", ".join(known) if known else "no objective: the deployment runs no services"
            )
            yield text.problem(
                f"{path}.service", found, expected, "correct the name, or remove the objective"
            )
        if objective.success is None and objective.p99 is None:
            fix = "add `success: 99%` or `p99: 400ms`"
            yield text.problem(path, "no limit", "`success`, `p99` or both", fix)
        about = (objective.service, objective.endpoint)
        if about in seen:
            found = f"the same service and endpoint as objectives[{seen[about]}]"
            yield text.problem(path, found, "one objective for each", "merge the two")
        seen.setdefault(about, index)
