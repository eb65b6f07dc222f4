"""Mistakes that lie between a user's own services, and between them and the rest of a spec."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

import yaml

from generator.spec.model import Spec
from generator.spec.relations import NATIVE_PORTS, Relation, node_at
from generator.spec.sections.services import ServiceSpec

SAMPLES = ("coupon-api", "coupon-issuer", "coupon-notifier")
# Host names in a deployment's network, and names of logs.
_TAKEN = (
    "cassandra", "collector", "dependencies", "grafana", "jaeger", "node-exporter", "otelcol", "postgres",
    "prometheus", "redis", "schema", "scylla", "storage", "supervisor", "volumes",
)  # fmt: skip

# Below it a port is the system's.
_FIRST_FREE = 1024


def relations_of_services(spec: Spec, root: yaml.MappingNode) -> Iterator[Relation]:
    """Node, path, found, expected and fix of each."""
    services = spec.services or ()
    nodes = items(root, "services")
    for index, (service, node) in enumerate(zip(services, nodes, strict=True)):
        path = f"services[{index}]"
        yield from _start(service, node, path)
        yield from _name(services[:index], service, node, path)
        yield from _after(services, service, node, path)
    yield from _ports(spec, nodes)
    if spec.services is None and spec.redis.enabled is False:
        node = node_at(root, "redis.enabled")
        yield node, "redis.enabled", "false, but the samples run", "true or null", (
            "write `services: []` to do without the samples"
        )  # fmt: skip
    yield from _objectives(spec, root)


def items(root: yaml.MappingNode, path: str) -> list[yaml.Node]:
    """The nodes of a list's items; none where the spec has no such list."""
    node = node_at(root, path)
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def at(node: yaml.Node, path: str) -> yaml.Node:
    """The node of a key below an item, or the item's own."""
    return node_at(node, path) if isinstance(node, yaml.MappingNode) else node


def _start(service: ServiceSpec, node: yaml.Node, path: str) -> Iterator[Relation]:
    if service.image and service.build:
        yield at(node, "build"), f"{path}.build", "`image` and `build`", "one of them", "remove one"
    elif not (service.image or service.build or service.run):
        yield node, path, f"nothing that starts {service.name}", "`image` or `build` for Compose, `run` natively", (
            "add `image: …`, or `run: [program, argument]`"
        )  # fmt: skip
    if service.command and not (service.image or service.build):
        yield at(node, "command"), f"{path}.command", "`command` without an image", "`image` or `build` too", (
            "the native target's command is `run`"
        )  # fmt: skip
    if service.run == ("",):
        yield at(node, "run"), f"{path}.run", "an empty word", "a program", "as [node, server.js]"
    for key in ("published", "health"):
        if getattr(service, key) is not None and service.port is None:
            yield at(node, key), f"{path}.{key}", f"`{key}` without `port`", "the port where it listens", (
                "add `port: …`"
            )  # fmt: skip


def _name(
    before: tuple[ServiceSpec, ...], service: ServiceSpec, node: yaml.Node, path: str
) -> Iterator[Relation]:
    here = at(node, "name"), f"{path}.name"
    if service.name in _TAKEN:
        yield *here, f"`{service.name}`, a component's own name", "another name", f"`my-{service.name}`, say"
    if any(service.name == other.name for other in before):
        yield *here, f"`{service.name}` a second time", "each name once", "rename one"


def _after(
    services: tuple[ServiceSpec, ...], service: ServiceSpec, node: yaml.Node, path: str
) -> Iterator[Relation]:
    known = {other.name: other.after for other in services}
    here = at(node, "after"), f"{path}.after"
    for name in service.after:
        if name not in known:
            others = ", ".join(other for other in known if other != service.name) or "none, there is no other"
            yield *here, f"`{name}`, which is none of `services`", others, (
                "remove it: the collector, and Redis where it runs, are waited for anyway"
            )  # fmt: skip
        elif _reaches(name, service.name, known):
            yield *here, f"`{name}`, which waits for {service.name} itself", "no circle", "remove it from one"


def _reaches(start: str, goal: str, after: dict[str, tuple[str, ...]]) -> bool:
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


def _ports(spec: Spec, nodes: list[yaml.Node]) -> Iterator[Relation]:
    taken = {
        getattr(spec.ports, item.name): f"ports.{item.name}"
        for item in fields(spec.ports)
        if item.name != "coupon_api"
    }
    first, last = spec.native.port_base, spec.native.port_base + NATIVE_PORTS - 1
    for index, (service, node) in enumerate(zip(spec.services or (), nodes, strict=True)):
        port = service.published or service.port
        if port is None:
            continue
        key = "published" if service.published else "port"
        here = at(node, key), f"services[{index}].{key}"
        if port < _FIRST_FREE:
            yield *here, f"{port}, which only root may open on 127.0.0.1", "a port from 1024 on for people", (
                "add `published: …` with one"
            )  # fmt: skip
        elif port in taken:
            yield *here, f"{port}, which {taken[port]} has too", "a port of its own on 127.0.0.1", (
                "add `published: …` with a free one"
            )  # fmt: skip
        elif first <= port <= last:
            yield *here, f"{port}, within native.port_base's {first} to {last}", "a port outside them", (
                "add `published: …` with another, or move native.port_base"
            )  # fmt: skip
        taken.setdefault(port, f"services[{index}]")


def _objectives(spec: Spec, root: yaml.MappingNode) -> Iterator[Relation]:
    known = SAMPLES if spec.services is None else tuple(service.name for service in spec.services)
    seen: dict[tuple[str, str | None], int] = {}
    for index, (objective, node) in enumerate(
        zip(spec.objectives or (), items(root, "objectives"), strict=True)
    ):
        path = f"objectives[{index}]"
        if objective.service not in known:
            found = f"`{objective.service}`, which this deployment does not run"
            expected = "one of " + ", ".join(known) if known else "a service, but there is none"
            fix = "correct the name, or remove the objective"
            yield at(node, "service"), f"{path}.service", found, expected, fix
        if objective.success is None and objective.p99 is None:
            yield node, path, "no promise", "`success`, `p99` or both", "add `success: 99%` or `p99: 400ms`"
        about = (objective.service, objective.endpoint)
        if about in seen:
            yield (
                node,
                path,
                f"the same service and endpoint as objectives[{seen[about]}]",
                "each once",
                "merge them",
            )
        seen.setdefault(about, index)
