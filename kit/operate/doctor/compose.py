"""A Compose run, as the doctor sees it: through published ports, and through `docker compose`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from generator.components.jaeger.listeners import JAEGER_QUERY
from generator.deployment.model import Deployment
from generator.deployment.network import LOOPBACK
from generator.render import workloads_of
from generator.targets import COMPOSE, NATIVE
from generator.workload import OWN_IMAGE
from kit.operate.doctor.docker import ask
from kit.operate.doctor.live import Hop, Metrics

_FETCH = (
    "import sys, urllib.request as u; sys.stdout.write(u.urlopen(sys.argv[1], timeout=5).read().decode())"
)


class ComposeRun:
    """What `docker compose up` started."""

    target = COMPOSE

    def __init__(self, folder: Path, containers: Sequence[dict[str, object]], deployment: Deployment) -> None:
        self._folder, self._deployment = folder, deployment
        self._workloads = {workload.name: workload for workload in workloads_of(deployment)}
        self._containers = {str(one.get("Service", "")): one for one in containers}
        self._metrics: dict[str, Metrics | None] = {}

    def hops(self) -> Sequence[Hop]:
        """Every service of the Compose file, and every container that is no service of it any more."""
        return [self._hop(name) for name in dict.fromkeys([*self._workloads, *self._containers])]

    def _hop(self, name: str) -> Hop:
        workload, container = self._workloads.get(name), self._containers.get(name)
        title = workload.title if workload else name
        logs = f"docker compose logs {name}"
        if container is None:
            return Hop(name, title, False, "no container", "docker compose up --wait")
        state, health = str(container.get("State", "")), str(container.get("Health", ""))
        code = container.get("ExitCode", 0)
        if workload is not None and workload.once:
            return Hop(name, title, state == "exited" and code == 0, f"{state} with {code}", logs)
        up = state == "running" and health in ("", "healthy")
        return Hop(name, title, up, f"{state}, {health}" if health else state, logs)

    def metrics(self, name: str) -> Metrics | None:
        """Asked once, from within a container of the kit's own image: the ports are not published."""
        if name not in self._metrics:
            self._metrics[name] = self._asked(name)
        return self._metrics[name]

    def _asked(self, name: str) -> Metrics | None:
        workload = self._workloads.get(name)
        if workload is None or workload.metrics is None:
            return None
        url = f"http://{self._deployment.network.reach(workload.metrics)}/metrics"
        for inside in self._pythons():
            done = ask(["compose", "exec", "-T", inside, "python", "-c", _FETCH, url], self._folder)
            if done.returncode == 0:
                return Metrics.parse(done.stdout)
        return None

    def _pythons(self) -> list[str]:
        return [
            name
            for name, workload in self._workloads.items()
            if workload.image == OWN_IMAGE
            and not workload.once
            and self._containers.get(name, {}).get("State") == "running"
        ]

    def changed(self) -> Sequence[str]:
        """Services whose container has another image than the spec says."""
        return [
            name
            for name, workload in self._workloads.items()
            if workload.image != OWN_IMAGE
            and name in self._containers
            and self._containers[name].get("Image") not in (None, workload.image)
        ]

    def address(self, name: str) -> str:
        """The published port; empty when it is published nowhere."""
        wanted, _, listener = name.partition(".")
        for workload in self._workloads.values():
            for one in workload.listens:
                if one.published and (one.component, one.name) == (wanted, listener):
                    return f"{LOOPBACK}:{self._deployment.network.published(one)}"
        return ""

    def dated(self) -> dict[str, str]:
        """Jaeger's address."""
        return {"jaeger": f"{self._deployment.network.url(JAEGER_QUERY)}/"}
