"""Who talks to whom: hosts, ports, names and paths that two files must agree on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from findings.rule import Severity
from generator.components.storage.plan import StoragePlan
from generator.rules.check import Hit, rule
from generator.rules.pipelines import LOOPBACK, pipelines, received, to_jaeger
from generator.rules.scene import Container, Scene
from generator.rules.units import host_port, whole

_OTLP_VARIABLES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
URL = re.compile(r"[a-z][a-z0-9+.-]*://[^\s]+", re.I)


@rule(
    "KIT010",
    "the collector sends traces to the port on which Jaeger takes them",
    Severity.ERROR,
    reason="Nothing is written: the collector tries for ever, its queue fills, then every sender is refused.",
    source="the collector's exporterhelper README (what is refused stays queued); the `validate` of each program sees "
    "one file and finds nothing wrong",
    fix="let the endpoint name Jaeger's port; a list in an override replaces the rendered one, so repeat what it had",
    bad="""
    # overrides/collector.yaml
    exporters:
      otlp_http/jaeger:
        endpoint: http://jaeger:4317
    """,
    good="""
    # overrides/collector.yaml
    exporters:
      otlp_http/jaeger:
        endpoint: http://jaeger:4318
    """,
)
def jaeger_is_reached(scene: Scene) -> Iterator[Hit]:
    """Compare the exporters' ports with Jaeger's receivers, and the pipelines with the exporters."""
    taken = received(scene.jaeger)
    exporters = list(to_jaeger(scene))
    for exporter in exporters:
        protocol = "http" if exporter.http else "grpc"
        if exporter.port != taken.get(protocol):
            expected = (
                f"port {taken[protocol]}"
                if protocol in taken
                else f"a protocol of {', '.join(taken) or 'none'}"
            )
            yield Hit(
                f"{exporter.id} sends OTLP over {protocol} to {exporter.get('endpoint')}",
                f"{expected}, where Jaeger takes it",
                (scene.collector, exporter.path("endpoint")),
                also=(scene.jaeger, ("receivers", "otlp", "protocols", protocol, "endpoint")),
            )
    traces = [pipeline for pipeline in pipelines(scene.collector) if pipeline.signal == "traces"]
    ids = {exporter.id for exporter in exporters}
    if traces and not any(ids.intersection(pipeline.exporters) for pipeline in traces):
        yield Hit(
            f"no traces pipeline sends to Jaeger: {', '.join(traces[0].exporters) or 'nothing'}",
            f"{', '.join(sorted(ids)) or 'an exporter to jaeger'} among the exporters",
            (scene.collector, traces[0].path("exporters")),
            fix="name Jaeger's exporter too: a list in an override replaces the rendered one",
        )


@rule(
    "KIT011",
    "a service sends its traces to the collector, with the protocol of the port",
    Severity.ERROR,
    reason="The SDK logs a failed export and drops the spans; the service itself goes on, so nobody notices.",
    source="opentelemetry.io, OTLP exporter configuration: 4317 is gRPC, 4318 is HTTP; in a container localhost is the "
    "container itself",
    fix="http://collector:4317 with OTEL_EXPORTER_OTLP_PROTOCOL=grpc, or http://collector:4318 with http/protobuf",
    bad="""
    # compose.override.yaml
    services:
      shop:
        image: shop:1.0
        mem_limit: 128m
        environment:
          OTEL_EXPORTER_OTLP_ENDPOINT: http://localhost:4317
    """,
    good="""
    # compose.override.yaml
    services:
      shop:
        image: shop:1.0
        mem_limit: 128m
        environment:
          OTEL_EXPORTER_OTLP_ENDPOINT: http://collector:4317
          OTEL_EXPORTER_OTLP_PROTOCOL: grpc
    """,
)
def services_reach_the_collector(scene: Scene) -> Iterator[Hit]:
    """Compare each service's variables with the collector's receivers."""
    taken = received(scene.collector)
    for container in scene.containers.values():
        for name in _OTLP_VARIABLES:
            value = container.environment.get(name, "")
            host, port = host_port(value)
            if not value or "$" in value:
                continue
            at = (scene.compose, container.path("environment", name))
            if host in LOOPBACK and not container.get("network_mode"):
                yield Hit(
                    f"{container.name} sends to {value}, which is its own container", "http://collector:…", at
                )
            elif host == "collector":
                protocol = _protocol(container)
                wanted = {port for kind, port in taken.items() if kind == protocol or not protocol}
                if port not in wanted:
                    over = f" over {protocol}" if protocol else ""
                    expected = (
                        " or ".join(str(port) for port in sorted(wanted))
                        or f"a protocol of {', '.join(taken)}"
                    )
                    yield Hit(
                        f"{container.name} sends OTLP{over} to port {port}",
                        f"{expected}, where the collector takes it",
                        at,
                        also=(
                            scene.collector,
                            ("receivers", "otlp", "protocols", protocol or "grpc", "endpoint"),
                        ),
                    )
            elif "." not in host and host not in scene.containers and _closed(container):
                yield Hit(f"{container.name} sends to {host}, which is no service here", "collector", at)


def _protocol(container: Container) -> str:
    said = container.environment.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") or container.environment.get(
        "OTEL_EXPORTER_OTLP_PROTOCOL", ""
    )
    return "http" if said.startswith("http") else said


def _closed(container: Container) -> bool:
    """Whether a service knows only the hosts of this deployment."""
    return not any(
        container.get(key) for key in ("networks", "network_mode", "extra_hosts", "external_links", "links")
    )


@rule(
    "KIT012",
    "a host that a service is told of is a service of this deployment",
    Severity.ERROR,
    reason="The name does not resolve, or nobody listens on the port: the service does not start, or fails later.",
    source="docs.docker.com, Networking in Compose: services find each other by name; localhost is the container",
    fix="use the service's name and the port inside its container",
    bad="""
    # compose.override.yaml
    services:
      coupon-api:
        environment:
          REDISURL: redis://localhost:6379/0
    """,
    good="""
    # compose.override.yaml
    services:
      coupon-api:
        environment:
          REDISURL: redis://redis:6379/1
    """,
)
def hosts_are_services(scene: Scene) -> Iterator[Hit]:
    """Look at every URL in every service's variables."""
    for container in scene.containers.values():
        for name, value in container.environment.items():
            if name in _OTLP_VARIABLES or not URL.fullmatch(value) or "$" in value or not _closed(container):
                continue
            host, port = host_port(value)
            at = (scene.compose, container.path("environment", name))
            if host in LOOPBACK:
                found = f"{container.name} is told of {host}, which is its own container"
                yield Hit(found, "the service's name", at)
            elif host and "." not in host and host not in scene.containers:
                yield Hit(f"{container.name} is told of {host}, which is no service here", one_of(scene), at)
            elif port is not None and (known := opened(scene, scene.container(host))) and port not in known:
                yield Hit(f"{container.name} is told of {host}:{port}", f"port {either(known)}", at)


def either(ports: set[int]) -> str:
    """Ports for a person: `4317 or 4318`."""
    return " or ".join(str(port) for port in sorted(ports))


def one_of(scene: Scene) -> str:
    """The services of a deployment, for a person."""
    return "one of " + ", ".join(scene.containers)


def opened(scene: Scene, container: Container) -> set[int]:
    """The ports a container is known to open; empty where nothing says."""
    ports = {one.port for one in scene.listening if one.component == container.name}
    ports |= {port for word in container.options("--port") if (port := whole(word))}
    variables = container.environment
    ports |= {port for key in ("HTTP_PORT", "HEALTH_PORT") if (port := whole(variables.get(key)))}
    workload = scene.workloads.get(container.name)
    # A database opens more than is planned for: its metrics, its REST API.
    if ports or workload is None or container.name == scene.deployment[StoragePlan].engine:
        return ports
    return {listener.port for listener in workload.listens}


CHECKS = (jaeger_is_reached, services_reach_the_collector, hosts_are_services)
