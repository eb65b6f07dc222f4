"""Health checks, and what waits for them."""

from __future__ import annotations

from collections.abc import Iterator

from generator.rules.addresses import URL, either, one_of, opened
from generator.rules.check import Breach, rule
from generator.rules.pipelines import LOOPBACK
from generator.rules.scene import Scene
from generator.rules.text import dig, mapping, words
from generator.rules.units import host_port

# What a check would run, and an image `FROM scratch` has not.
_CLIENTS = ("CMD-SHELL", "wget", "curl", "nc", "sh", "/bin/sh", "bash")


@rule("KIT018")
def health_is_asked_where_it_is(scene: Scene) -> Iterator[Breach]:
    """Compare the port in a health check with those the container opens."""
    for container in scene.containers.values():
        known = opened(scene, container)
        for url in URL.findall(" ".join(words(container.get("healthcheck", "test")))):
            host, port = host_port(url.rstrip("',\""))
            if known and host in LOOPBACK and port is not None and port not in known:
                yield Breach(
                    f"{container.name} is asked on port {port}",
                    f"port {either(known)}",
                    (scene.compose, container.path("healthcheck", "test")),
                )


@rule("KIT019")
def waits_are_for_services(scene: Scene) -> Iterator[Breach]:
    """Look at every `depends_on`."""
    for container in scene.containers.values():
        for name in mapping(container.get("depends_on")):
            if name not in scene.containers:
                found = f"{container.name} waits for {name}, which is no service here"
                yield Breach(found, one_of(scene), (scene.compose, container.path("depends_on", name)))
    for container in scene.containers.values():
        for name, how in mapping(container.get("depends_on")).items():
            # An image of one's own may have a check built in; those that are rendered say theirs in Compose's file.
            silent = name in scene.containers and not scene.containers[name].get("healthcheck")
            rendered = scene.compose.rendered.depth(("services", name)) == 2
            if silent and rendered and dig(how, "condition") == "service_healthy":
                yield Breach(
                    f"{container.name} waits until {name} is healthy, which has no health check",
                    "service_completed_successfully" if name == "schema" else "service_started",
                    (scene.compose, container.path("depends_on", name, "condition")),
                )
    jaeger = scene.container("jaeger")
    waits = ("depends_on", "schema", "condition")
    if jaeger and "schema" in scene.containers and jaeger.get(*waits) != "service_completed_successfully":
        yield Breach(
            "jaeger starts before the schema is complete",
            "schema: service_completed_successfully",
            (scene.compose, jaeger.path(*waits)),
        )


@rule("KIT025")
def collector_is_asked_from_outside(scene: Scene) -> Iterator[Breach]:
    """Look at the collector's health check."""
    container = scene.container("collector")
    test = words(container.get("healthcheck", "test"))
    if any(word in _CLIENTS for word in test[:2]) or (
        test and isinstance(container.get("healthcheck", "test"), str)
    ):
        at = (scene.compose, container.path("healthcheck", "test"))
        yield Breach(
            f"a check that runs {test[1] if len(test) > 1 else test[0]} inside the collector", "none", at
        )


CHECKS = (health_is_asked_where_it_is, waits_are_for_services, collector_is_asked_from_outside)
