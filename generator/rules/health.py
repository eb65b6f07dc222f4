"""Health checks: port and command."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.rules.addresses import URL, either, opened
from generator.rules.check import Breach, rule
from generator.rules.pipelines import LOOPBACK
from generator.rules.scene import Scene
from generator.rules.units import host_port


@rule("KIT018")
def health_is_asked_where_it_is(scene: Scene) -> Iterator[Breach]:
    """Compare the port in each health check with the ports that the container opens."""
    for container in scene.containers.values():
        known = opened(scene, container)
        for url in URL.findall(" ".join(container.health.words if container.health else ())):
            host, port = host_port(url.rstrip("',\""))
            if known and host in LOOPBACK and port is not None and port not in known:
                yield Breach(
                    f"the health check of {container.name} connects to port {port}",
                    f"port {either(known)}",
                    container.at("health"),
                )


@rule("KIT026")
def loading_is_not_ready(scene: Scene) -> Iterator[Breach]:
    """Find a `redis-cli ping` whose output is not checked."""
    for container in scene.containers.values():
        asked = " ".join(container.health.words if container.health else ())
        if re.search(r"\bredis-cli\s(.*\s)?ping\b", asked, re.IGNORECASE) and "PONG" not in asked:
            yield Breach(
                f"{container.name} is healthy as soon as redis-cli gets any answer",
                "redis-cli ping | grep -qx PONG",
                container.at("health"),
            )


CHECKS = (health_is_asked_where_it_is, loading_is_not_ready)
