"""`kit status` for containers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from generator.workload import Workload
from kit.operate.compose.project import Container, Project
from kit.operate.runtime import Row

_GONE = Container("", "", "absent", "", 0, {})


def rows(project: Project, workloads: Sequence[Workload], answers: Mapping[str, bool]) -> Iterator[Row]:
    """Yield the state of each component.

    Args:
        project: the Compose project.
        workloads: the workloads that should exist.
        answers: whether a component answers from outside, for those without a health check inside.
    """
    containers = {container.service: container for container in project.containers()}
    memory = project.memory()
    for workload in workloads:
        container = containers.get(workload.name, _GONE)
        done = container.state == "exited" and container.exit_code == 0
        ready = None if workload.once else _ready(workload, container, answers)
        yield Row(
            name=workload.name,
            title=workload.title,
            state="done" if workload.once and done else container.state,
            ready=ready,
            fine=done if ready is None else ready,
            memory=memory.get(workload.name, 0),
            ports={
                listener.published: container.ports[listener.port]
                for listener in workload.listens
                if listener.published and listener.port in container.ports
            },
            limit=workload.memory.bytes,
        )


def _ready(workload: Workload, container: Container, answers: Mapping[str, bool]) -> bool:
    if container.state != "running":
        return False
    if workload.health is None:
        return True
    return container.health == "healthy" if workload.health.inside else answers.get(workload.name, False)
