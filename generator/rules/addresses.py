"""Addresses: hosts, ports and names that two files must agree on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from generator.components.dead_letters.listeners import DEAD_LETTERS_HTTP
from generator.components.storage.plan import StoragePlan
from generator.rules.check import Breach, rule
from generator.rules.containers import ContainerView
from generator.rules.pipelines import LOOPBACK, pipelines, received, to_jaeger
from generator.rules.scene import Scene
from generator.rules.units import host_port, whole

_OTLP_VARIABLES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
URL = re.compile(r"[a-z][a-z0-9+.-]*://[^\s]+", re.I)


@rule("KIT010")
def jaeger_is_reached(scene: Scene) -> Iterator[Breach]:
    """Compare the ports of the exporters with Jaeger's receivers; find pipelines without an exporter to Jaeger."""
    yield from _what_stands_before_jaeger(scene)
    exporters = list(to_jaeger(scene))
    for exporter in exporters:
        protocol = "http" if exporter.http else "grpc"
        host, _ = host_port(exporter.get("endpoint"))
        before = {"http": scene.deployment.network.port(DEAD_LETTERS_HTTP)}
        if exporter.port == before.get(protocol) and (
            scene.shares_host or host == DEAD_LETTERS_HTTP.component
        ):
            continue
        taken = before if host == DEAD_LETTERS_HTTP.component else received(scene.jaeger)
        if exporter.port != taken.get(protocol):
            expected = (
                f"port {taken[protocol]}"
                if protocol in taken
                else f"one of the enabled protocols ({', '.join(taken) or 'none'})"
            )
            yield Breach(
                f"{exporter.id} sends OTLP over {protocol} to {exporter.get('endpoint')}",
                f"{expected}, where Jaeger receives it",
                (scene.collector, exporter.path("endpoint")),
                also=(scene.jaeger, ("receivers", "otlp", "protocols", protocol, "endpoint")),
            )
    traces = [pipeline for pipeline in pipelines(scene.collector) if pipeline.signal == "traces"]
    ids = {exporter.id for exporter in exporters}
    if traces and not any(ids.intersection(pipeline.exporters) for pipeline in traces):
        yield Breach(
            f"no traces pipeline sends to Jaeger: {', '.join(traces[0].exporters) or 'nothing'}",
            f"{', '.join(sorted(ids)) or 'an exporter to jaeger'} among the exporters",
            (scene.collector, traces[0].path("exporters")),
            fix="name Jaeger's exporter too: a list in an override replaces the rendered one",
        )


def _what_stands_before_jaeger(scene: Scene) -> Iterator[Breach]:
    """Compare the addresses to which the dead-letters program forwards requests with Jaeger's receivers."""
    name = DEAD_LETTERS_HTTP.component
    workload, container = scene.workloads.get(name), scene.containers.get(name)
    if workload is None:
        return
    arguments = container.command if container else workload.command
    for option, receiver in (("--jaeger", "otlp"), ("--at-once", "otlp/at_once")):
        path = ("receivers", receiver, "protocols", "http", "endpoint")
        told = next((after for word, after in pairwise(arguments) if word == option), "")
        host, port = host_port(told)
        taken = host_port(scene.jaeger.get(*path))[1]
        if port != taken or (not scene.shares_host and host != "jaeger"):
            yield Breach(
                f"{name} forwards to {told or 'no address'}",
                f"port {taken} of jaeger, its receiver {receiver}",
                container.at("command") if container else (scene.jaeger, path),
                also=(scene.jaeger, path),
            )


@rule("KIT011")
def services_reach_the_collector(scene: Scene) -> Iterator[Breach]:
    """Compare each service's variables with the collector's receivers."""
    taken = received(scene.collector)
    for container in scene.containers.values():
        for name in _OTLP_VARIABLES:
            value = container.environment.get(name, "")
            host, port = host_port(value)
            if not value or "$" in value:
                continue
            at = container.at("environment", name)
            if host in LOOPBACK and container.own_loopback:
                yield Breach(
                    f"{container.name} sends to {value}, which is its own container", "http://collector:…", at
                )
            elif host == "collector":
                protocol = _protocol(container)
                wanted = {port for kind, port in taken.items() if kind == protocol or not protocol}
                if port not in wanted:
                    over = f" over {protocol}" if protocol else ""
                    expected = (
                        " or ".join(str(port) for port in sorted(wanted))
                        or f"one of the enabled protocols ({', '.join(taken)})"
                    )
                    yield Breach(
                        f"{container.name} sends OTLP{over} to port {port}",
                        f"{expected}, where the collector receives it",
                        at,
                        also=(
                            scene.collector,
                            ("receivers", "otlp", "protocols", protocol or "grpc", "endpoint"),
                        ),
                    )
            elif "." not in host and host not in scene.containers and container.closed:
                yield Breach(
                    f"{container.name} sends to {host}, which is not a service here", "collector", at
                )


def _protocol(container: ContainerView) -> str:
    said = container.environment.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") or container.environment.get(
        "OTEL_EXPORTER_OTLP_PROTOCOL", ""
    )
    return "http" if said.startswith("http") else said


@rule("KIT012")
def hosts_are_services(scene: Scene) -> Iterator[Breach]:
    """Check every URL in every service's variables."""
    for container in scene.containers.values():
        for name, value in container.environment.items():
            if name in _OTLP_VARIABLES or not URL.fullmatch(value) or "$" in value or not container.closed:
                continue
            host, port = host_port(value)
            at = container.at("environment", name)
            if host in LOOPBACK:
                found = f"{container.name} is configured with {host}, which is its own container"
                yield Breach(found, "the service's name", at)
            elif host and "." not in host and host not in scene.containers:
                yield Breach(
                    f"{container.name} is configured with {host}, which is not a service here",
                    one_of(scene),
                    at,
                )
            elif port is not None and (known := opened(scene, scene.container(host))) and port not in known:
                yield Breach(
                    f"{container.name} is configured with {host}:{port}", f"port {either(known)}", at
                )


def either(ports: set[int]) -> str:
    """Format ports for a message: `4317 or 4318`."""
    return " or ".join(str(port) for port in sorted(ports))


def one_of(scene: Scene) -> str:
    """List the services of a deployment for a message."""
    return "one of " + ", ".join(scene.containers)


def opened(scene: Scene, container: ContainerView) -> set[int]:
    """Return the ports that a container is known to open; empty if unknown."""
    ports = {one.port for one in scene.listening if one.component == container.name}
    ports |= {port for word in container.options("--port") if (port := whole(word))}
    variables = container.environment
    ports |= {port for key in ("HTTP_PORT", "HEALTH_PORT") if (port := whole(variables.get(key)))}
    workload = scene.workloads.get(container.name)
    # A database opens more ports than the plan lists, such as its metrics and its REST API.
    if ports or workload is None or container.name == scene.deployment[StoragePlan].engine:
        return ports
    return {listener.port for listener in workload.listens}


CHECKS = (jaeger_is_reached, services_reach_the_collector, hosts_are_services)
