"""A running Compose project as `kit verify` sees it.

The ports of metrics and of Redis are not published: a container of the kit's own image asks for them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from generator.components.collector.plan import CollectorPlan
from generator.components.redis.component import REDIS
from generator.components.services.tracing_plan import TracingPlan
from generator.deployment.model import Deployment
from generator.render import workloads_of
from generator.targets import COMPOSE, NATIVE
from kit.operate.compose.project import Project
from kit.operate.compose.status import own_services
from kit.operate.deployment import load
from kit.operate.native.state import urls
from kit.operate.running import project_with_containers
from kit.operate.verify.counters import Counters, counters_of
from kit.operate.verify.queues import Queue, queues_of


@dataclass(frozen=True, slots=True)
class ComposeSite:
    """The containers of a project.

    Attributes:
        metrics: `name=url` of every component that serves `/metrics`.
        askers: services from whose containers the others can be asked.
        image: theirs.
        redis: the URL of Redis for them.
    """

    project: Project
    urls: Mapping[str, str]
    propagation: str
    sampled: bool
    metrics: tuple[str, ...]
    askers: tuple[str, ...]
    image: str
    redis: str

    @classmethod
    def of(cls, project: Project, deployment: Deployment) -> ComposeSite:
        """The site of a project that was started from a deployment."""
        workloads = workloads_of(deployment)
        metrics = [
            f"{workload.name}=http://{deployment.network.reach(workload.metrics)}/metrics"
            for workload in workloads
            if workload.metrics
        ]
        return cls(
            project=project,
            urls=urls(deployment),
            propagation=deployment[TracingPlan].propagation,
            sampled=deployment[CollectorPlan].sampling is not None,
            metrics=tuple(metrics),
            askers=tuple(own_services(workloads)),
            image=deployment.images.own.reference,
            redis=f"redis://{deployment.network.reach(REDIS)}/0",
        )

    def counters(self) -> Counters:
        """See `kit.operate.verify.site.Site`."""
        told = self._inside("kit.operate.inside.fetch", *self.metrics)
        return counters_of(json.loads(told), self.project.pids())

    def queues(self) -> list[Queue]:
        """See `kit.operate.verify.site.Site`."""
        return queues_of(json.loads(self.ask_queues("--output", "json"))["streams"])

    def ask_queues(self, *arguments: str) -> str:
        """What `kit queues` answers inside, where Redis can be reached."""
        return self._inside("kit", "queues", *arguments, "--redis", self.redis)

    def _inside(self, *arguments: str) -> str:
        return self.project.inside(arguments, services=self.askers, image=self.image)


def running_site(spec: Path) -> ComposeSite | None:
    """The containers that run in a spec's folder; None when none do.

    Raises:
        SpecError: the spec can't be used.
    """
    project = project_with_containers(spec.parent)
    return ComposeSite.of(project, load(spec, COMPOSE)) if project is not None else None
