"""The Compose runtime: containers, accessed through the docker command.

The ports of metrics and of Redis are not published, so a container of the kit's own image connects to them.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from generator.components.collector.plan import CollectorPlan
from generator.components.collector.queue_watch import WATCH, queue_folders
from generator.components.dead_letters.listeners import DEAD_LETTERS_HTTP
from generator.components.jaeger.listeners import JAEGER_QUERY
from generator.components.prepared_volume import FOLDER
from generator.components.redis.component import REDIS
from generator.components.services.tracing_plan import TracingPlan
from generator.deployment.model import Deployment
from generator.pipeline import Hop, pipeline
from generator.render import render_files, workloads_of
from generator.targets.compose import COMPOSE_FILE
from generator.workload import OWN_IMAGE, Workload
from kit.errors import MachineError
from kit.operate.compose import machine, ownership
from kit.operate.compose.deadletters import LettersInside
from kit.operate.compose.project import Container, Project
from kit.operate.compose.redis import RedisInside
from kit.operate.compose.status import rows
from kit.operate.deadletters.client import no_letters
from kit.operate.doctor.check import Check
from kit.operate.log_query import LogQuery
from kit.operate.metrics import Metrics
from kit.operate.queues.connection import no_redis
from kit.operate.runtime import (
    AsideFile,
    ComponentHealth,
    DeadLetters,
    Needs,
    PlannedChange,
    Queues,
    Started,
    Status,
    Stopped,
)
from kit.operate.urls import urls

# Python, because the kit's image may have no shell.
_REMOVE = "import os, sys; os.remove(sys.argv[1])"


class ComposeRuntime:
    """See `kit.operate.runtime.Runtime`."""

    name = "compose"
    packages = ()

    def __init__(self, folder: Path, resolve: Callable[[], Deployment]) -> None:
        self._folder, self._resolve = folder, resolve

    @cached_property
    def deployment(self) -> Deployment:
        """See `Runtime`."""
        return self._resolve()

    @cached_property
    def _workloads(self) -> Sequence[Workload]:
        return workloads_of(self.deployment)

    @property
    def _project(self) -> Project:
        """The Compose project.

        Raises:
            MachineError: there is no rendered Compose file, or no Docker.
        """
        project = Project.of(self._folder)
        if project is None:
            raise MachineError("nothing runs here", hint="kit up")
        return project

    def runs(self) -> bool:
        """See `Runtime`: stopped containers count.

        Raises:
            MachineError: the containers belong to another folder; the message names it.
        """
        project = Project.of(self._folder)
        if project is None:
            return False
        found = ownership.traces(project.docker, project.name)
        if found.started_from:
            ownership.refuse_others(found, project.name, project.docker.folder)
        return bool(project.containers())

    def unsupervised(self) -> str:
        """See `Runtime`: always empty, because a restarted Docker daemon finds its containers again."""
        return ""

    def planned(self, *, adopt: bool = False) -> Sequence[PlannedChange]:
        """See `Runtime`."""
        from kit.operate.compose.up import plan

        return plan(self.deployment, self._folder, adopt=adopt).changes

    def up(self, tell: Callable[[Started], None], *, adopt: bool = False) -> None:
        """See `Runtime`."""
        from kit.operate.compose.up import plan, up

        changes = up(plan(self.deployment, self._folder, adopt=adopt), adopt=adopt)
        tell(replace(self.started(already=not changes), changes=changes))

    def started(self, *, already: bool) -> Started:
        """See `Runtime`: a start ends when all containers are healthy."""
        memory = sum(self._project.memory().values())
        return Started(already, ok=True, urls=self.urls, memory=memory)

    def down(self, *, remove_data: bool) -> Stopped | None:
        """See `Runtime`."""
        project = Project.of(self._folder)
        if project is None:
            return None
        found = ownership.traces(project.docker, project.name)
        there = bool(project.containers())
        if not there and not (remove_data and (found.volumes or found.marked)):
            return None
        ownership.refuse_others(found, project.name, project.docker.folder)
        if remove_data:
            ownership.refuse_unknown(found, project.name, "down")
        elif not found.marked and found.volumes:
            # Started with plain `docker compose up`: without containers only this mark names the folder of the volumes.
            ownership.mark(project.docker, project.name, project.docker.folder)
        project.down(remove_data=remove_data)
        kept = "" if remove_data else ". The data stays in volumes: kit down --volumes removes it"
        return Stopped([f"stopped{kept}"], ran=True)

    def status(self) -> Status:
        """See `Runtime`."""
        project = self._project
        found = rows(project, self._workloads, self._answers())
        return Status(project.name, self.name, self.urls, list(found))

    def health(self) -> Sequence[ComponentHealth]:
        """See `Runtime`: every service of the Compose file, and every container whose service was removed from it."""
        workloads = {workload.name: workload for workload in self._workloads}
        containers = {container.service: container for container in self._project.containers()}
        names = dict.fromkeys([*workloads, *containers])
        return [_health(name, workloads.get(name), containers.get(name)) for name in names]

    def logs(self, components: Sequence[str], query: LogQuery) -> int:
        """See `Runtime`."""
        return self._project.logs(components, query)

    @property
    def urls(self) -> Mapping[str, str]:
        """See `Runtime`."""
        return urls(self.deployment)

    def address(self, listener: str) -> str:
        """See `Runtime`: the published port."""
        component, _, name = listener.partition(".")
        for workload in self._workloads:
            for one in workload.listens:
                if one.published and (one.component, one.name) == (component, name):
                    return self.deployment.network.reached_at(one)
        return ""

    def dated(self) -> Mapping[str, str]:
        """See `Runtime`."""
        return {"jaeger": f"{self.deployment.network.url(JAEGER_QUERY)}/"}

    @property
    def propagation(self) -> str:
        """See `Runtime`."""
        return self.deployment[TracingPlan].propagation

    @property
    def sampled(self) -> bool:
        """See `Runtime`."""
        return self.deployment[CollectorPlan].sampling is not None

    @property
    def pipeline(self) -> Sequence[Hop]:
        """See `Runtime`."""
        return pipeline((workload.hop, workload.name) for workload in self._workloads)

    def metrics(self) -> Mapping[str, Metrics | None]:
        """See `Runtime`."""
        reach = self.deployment.network.reach
        asked = {
            it.name: f"http://{reach(it.metrics.listener)}{it.metrics.path}"
            for it in self._workloads
            if it.metrics and (it.hop or it.version)
        }
        return {
            name: Metrics.parse(text) if text is not None else None
            for name, text in self._fetched(asked).items()
        }

    def pids(self) -> Mapping[str, int]:
        """See `Runtime`."""
        return self._project.pids()

    @property
    def queues(self) -> Queues:
        """See `Runtime`."""
        if not any(REDIS in workload.listens for workload in self._workloads):
            raise no_redis()
        return RedisInside(self._inside, f"redis://{self.deployment.network.reach(REDIS)}/0")

    @property
    def deadletters(self) -> DeadLetters:
        """See `Runtime`."""
        if not any(DEAD_LETTERS_HTTP in workload.listens for workload in self._workloads):
            raise no_letters()
        return LettersInside(self._inside, f"http://{self.deployment.network.reach(DEAD_LETTERS_HTTP)}")

    def put_aside(self) -> Sequence[AsideFile]:
        """See `Runtime`: the container that watches the queues lists them."""
        folders = queue_folders(self.deployment, FOLDER)
        if not folders:
            return ()
        told = self._project.inside(
            ["kit.operate.inside.watch_queues", "--list", *folders], services=[WATCH], image=""
        )
        sizes = [line.split(" ", 1) for line in told.splitlines()]
        return [
            AsideFile(
                path,
                int(size),
                shlex.join(["docker", "compose", "exec", WATCH, "python", "-c", _REMOVE, path]),
            )
            for size, path in sizes
        ]

    def changed(self) -> Sequence[str]:
        """See `Runtime`: compares files and services with a new start, overrides included."""
        from kit.operate.compose.deployed import deployed, differences, image_ids, wanted

        project = self._project
        before = deployed(project.docker, project.name)
        if not before:
            return []
        now = wanted(project.docker, project.name, render_files(self.deployment)[COMPOSE_FILE])
        images = image_ids(project.docker, (one.image for one in before))
        steps = [workload.name for workload in self._workloads if workload.once]
        return [
            f"{change.component} ({', '.join(change.why)})"
            for change in differences(before, now, images, steps)
            if change.why != ("it has stopped",)
        ]

    def replaced_images(self) -> Collection[str]:
        """See `Runtime`."""
        images = {container.service: container.image for container in self._project.containers()}
        return {
            it.name
            for it in self._workloads
            if it.image not in ("", OWN_IMAGE) and images.get(it.name, "") not in ("", it.image)
        }

    def needs(self) -> Needs:
        """See `Runtime`: the memory limits of all but one-time steps, and the published ports."""
        network = self.deployment.network
        return Needs(
            memory=sum(workload.memory.mib for workload in self._workloads if not workload.once),
            ports={
                (network.published_on, network.published(listener)): f"{workload.name} ({listener.name})"
                for workload in self._workloads
                for listener in workload.listens
                if listener.published
            },
        )

    def machine_checks(self) -> Sequence[Check]:
        """See `Runtime`: Docker, its Compose plugin, and ScyllaDB's kernel settings."""
        return machine.checks(self._folder, lambda: self._workloads)

    def _answers(self) -> Mapping[str, bool]:
        """Check, from outside, workloads whose image has no program for a health check; return whether each answers."""
        reach = self.deployment.network.reach
        asked = {
            it.name: f"http://{reach(it.health.listener)}{it.health.path}"
            for it in self._workloads
            if it.health and not it.health.inside
        }
        try:
            return {name: text is not None for name, text in self._fetched(asked).items()}
        except MachineError:
            return {}

    def _fetched(self, urls: Mapping[str, str]) -> Mapping[str, str | None]:
        """Fetch URLs in the deployment's network; None for one that does not answer."""
        pairs = [f"{name}={url}" for name, url in urls.items()]
        told: dict[str, str | None] = json.loads(self._inside(["kit.operate.inside.fetch", *pairs]))
        return told

    def _inside(self, arguments: Iterable[str]) -> str:
        """Run a Python module of the kit in the deployment's network and return its output."""
        own = [it for it in self._workloads if it.image == OWN_IMAGE and not it.once]
        # The container with the largest memory limit first.
        asking = [it.name for it in sorted(own, key=lambda it: it.memory.bytes, reverse=True)]
        image = self.deployment.images.own.reference
        return self._project.inside(list(arguments), services=asking, image=image)


def _health(name: str, workload: Workload | None, container: Container | None) -> ComponentHealth:
    title, logs = workload.title if workload else name, f"docker compose logs {name}"
    if container is None:
        return ComponentHealth(
            name, title, up=False, state="no container", next_step="docker compose up --wait"
        )
    state, health, code = container.state, container.health, container.exit_code
    if workload is not None and workload.once:
        return ComponentHealth(name, title, state == "exited" and code == 0, f"{state} with {code}", logs)
    up = state == "running" and health in ("", "healthy")
    return ComponentHealth(name, title, up, f"{state}, {health}" if health else state, logs)


RUNTIME = ComposeRuntime
