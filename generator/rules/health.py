"""Health checks, and what waits for them."""

from __future__ import annotations

from collections.abc import Iterator

from findings.rule import Severity
from generator.rules.addresses import URL, either, one_of, opened
from generator.rules.check import Hit, rule
from generator.rules.pipelines import LOOPBACK
from generator.rules.scene import Scene
from generator.rules.text import dig, mapping, words
from generator.rules.units import host_port

# What a check would run, and an image `FROM scratch` has not.
_CLIENTS = ("CMD-SHELL", "wget", "curl", "nc", "sh", "/bin/sh", "bash")


@rule(
    "KIT018",
    "a health check asks a port that is open",
    Severity.ERROR,
    reason="The container never becomes healthy, and what waits for it never starts.",
    source="docs.docker.com, Compose `healthcheck`, `depends_on: condition: service_healthy`",
    fix="let the check ask the port that the component's config opens",
    bad="""
    # compose.override.yaml
    services:
      jaeger:
        healthcheck:
          test: [CMD, wget, -q, -O, "-", "http://127.0.0.1:14269/"]
    """,
    good="""
    # compose.override.yaml
    services:
      jaeger:
        healthcheck:
          test: [CMD, wget, -q, -O, "-", "http://127.0.0.1:13133/status"]
    """,
)
def health_is_asked_where_it_is(scene: Scene) -> Iterator[Hit]:
    """Compare the port in a health check with those the container opens."""
    for container in scene.containers.values():
        known = opened(scene, container)
        for url in URL.findall(" ".join(words(container.get("healthcheck", "test")))):
            host, port = host_port(url.rstrip("',\""))
            if known and host in LOOPBACK and port is not None and port not in known:
                yield Hit(
                    f"{container.name} is asked on port {port}",
                    f"port {either(known)}",
                    (scene.compose, container.path("healthcheck", "test")),
                )


@rule(
    "KIT019",
    "what a service waits for is there, and Jaeger waits for the schema",
    Severity.ERROR,
    reason="Compose refuses an unknown name. Without its tables Jaeger ends, or says it is healthy and writes nothing.",
    source="measured with Jaeger 2.13: its health does not notice a missing table; Compose specification, `depends_on`",
    fix="name a service of this deployment, and what it can reach: started, healthy, or completed as the schema step",
    bad="""
    # compose.override.yaml
    services:
      coupon-api:
        depends_on: [kafka]
    """,
    good="""
    # compose.override.yaml
    services:
      coupon-api:
        depends_on: [jaeger]
    """,
)
def waits_are_for_services(scene: Scene) -> Iterator[Hit]:
    """Look at every `depends_on`."""
    for container in scene.containers.values():
        for name in mapping(container.get("depends_on")):
            if name not in scene.containers:
                found = f"{container.name} waits for {name}, which is no service here"
                yield Hit(found, one_of(scene), (scene.compose, container.path("depends_on", name)))
    for container in scene.containers.values():
        for name, how in mapping(container.get("depends_on")).items():
            # An image of one's own may have a check built in; those that are rendered say theirs in Compose's file.
            silent = name in scene.containers and not scene.containers[name].get("healthcheck")
            rendered = scene.compose.rendered.depth(("services", name)) == 2
            if silent and rendered and dig(how, "condition") == "service_healthy":
                yield Hit(
                    f"{container.name} waits until {name} is healthy, which has no health check",
                    "service_completed_successfully" if name == "schema" else "service_started",
                    (scene.compose, container.path("depends_on", name, "condition")),
                )
    jaeger = scene.container("jaeger")
    waits = ("depends_on", "schema", "condition")
    if jaeger and "schema" in scene.containers and jaeger.get(*waits) != "service_completed_successfully":
        yield Hit(
            "jaeger starts before the schema is complete",
            "schema: service_completed_successfully",
            (scene.compose, jaeger.path(*waits)),
        )


@rule(
    "KIT025",
    "the collector is not asked from inside",
    Severity.ERROR,
    reason="Its image holds one program and no shell, wget or curl: the check always fails, the container is "
    "unhealthy, and what waits for it never starts.",
    source="open-telemetry/opentelemetry-collector-releases, Dockerfile: FROM scratch",
    fix="leave the check out; `kit status` and `kit doctor` ask port 13133 from outside",
    bad="""
    # compose.override.yaml
    services:
      collector:
        healthcheck:
          test: [CMD, wget, -q, -O, "-", "http://127.0.0.1:13133/"]
    """,
    good="""
    # compose.override.yaml
    services:
      coupon-api:
        healthcheck:
          interval: 10s
    """,
)
def collector_is_asked_from_outside(scene: Scene) -> Iterator[Hit]:
    """Look at the collector's health check."""
    container = scene.container("collector")
    test = words(container.get("healthcheck", "test"))
    if any(word in _CLIENTS for word in test[:2]) or (
        test and isinstance(container.get("healthcheck", "test"), str)
    ):
        at = (scene.compose, container.path("healthcheck", "test"))
        yield Hit(
            f"a check that runs {test[1] if len(test) > 1 else test[0]} inside the collector", "none", at
        )


CHECKS = (health_is_asked_where_it_is, waits_are_for_services, collector_is_asked_from_outside)
