"""`kit status` for containers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from generator.deployment.model import Deployment
from generator.render import workloads_of
from generator.workload import OWN_IMAGE, Workload
from kit.errors import MachineError
from kit.operate.compose.project import Container, Project

_GONE = Container("", "", "absent", "", 0, {})


@dataclass(frozen=True, slots=True)
class Row:
    """One component.

    Attributes:
        state: Docker's word for its container; `absent` when there is none.
        ready: it answers, as it says itself or as its neighbours see it; None for what runs once.
        memory: in use, in bytes.
        limit: at most, in bytes.
        ports: by the key of `ports`.
    """

    name: str
    title: str
    state: str
    ready: bool | None
    done: bool
    memory: int
    limit: int
    ports: Mapping[str, int]

    @property
    def fine(self) -> bool:
        """Whether it is as it should be."""
        return self.done if self.ready is None else self.ready


def status(project: Project, deployment: Deployment) -> list[Row]:
    """Look at each component of a deployment."""
    workloads = workloads_of(deployment)
    containers = {container.service: container for container in project.containers()}
    memory = project.memory()
    answers = _asked_from_outside(project, deployment, workloads)
    rows = []
    for workload in workloads:
        container = containers.get(workload.name, _GONE)
        ended = container.state == "exited" and container.exit_code == 0
        rows.append(
            Row(
                name=workload.name,
                title=workload.title,
                state="done" if workload.once and ended else container.state,
                ready=None if workload.once else _ready(workload, container, answers),
                done=ended,
                memory=memory.get(workload.name, 0),
                limit=workload.memory.bytes,
                ports={
                    listener.published: container.ports[listener.port]
                    for listener in workload.listens
                    if listener.published and listener.port in container.ports
                },
            )
        )
    return rows


def own_services(workloads: Sequence[Workload]) -> list[str]:
    """Those of the kit's own image that stay: from them the others can be asked."""
    return [workload.name for workload in workloads if workload.image == OWN_IMAGE and not workload.once]


def _ready(workload: Workload, container: Container, answers: Mapping[str, bool]) -> bool:
    if container.state != "running":
        return False
    if workload.health is None:
        return True
    return container.health == "healthy" if workload.health.inside else answers.get(workload.name, False)


def _asked_from_outside(
    project: Project, deployment: Deployment, workloads: Sequence[Workload]
) -> Mapping[str, bool]:
    """What answers of those whose image has nothing to ask with."""
    asked = [
        f"{it.name}=http://{deployment.network.reach(it.health.listener)}{it.health.path}"
        for it in workloads
        if it.health and not it.health.inside
    ]
    try:
        told = project.inside(
            ["kit.operate.inside.fetch", *asked],
            services=own_services(workloads),
            image=deployment.images.own.reference,
        )
    except MachineError:
        return {}
    return {name: text is not None for name, text in json.loads(told).items()}
