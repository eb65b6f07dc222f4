"""`kit up --target compose`: the checks before `docker compose up --wait`, and what is told when it fails."""

from __future__ import annotations

from pathlib import Path

from generator.deployment.model import Deployment
from generator.render import render_files, workloads_of
from generator.tree.changes import FileState, changes
from generator.tree.lock import LOCK_FILE
from kit.errors import MachineError, UserError
from kit.image.context import context_files
from kit.operate.compose.checks import refuse_taken_ports, refuse_too_few_aio, refuse_unreadable_secrets
from kit.operate.compose.docker import Docker
from kit.operate.compose.memory import limits
from kit.operate.compose.project import Container, Project
from kit.operate.own_services import refuse_left_out
from kit.terminal import say

_LAST_LINES = 12


def up(deployment: Deployment, folder: Path) -> bool:
    """Start a deployment's containers and wait until all are healthy; answers whether all of it ran already.

    Raises:
        UserError: the rendered files are not what the spec says.
        MachineError: Docker, a port or the kernel is in the way, or a container does not start.
    """
    refuse_left_out(deployment, "Compose", "`image: …` or `build: FOLDER`")
    _refuse_drift(deployment, folder)
    docker = Docker(folder.resolve())
    versions = docker.versions()
    project = Project.of(folder)
    if project is None:
        raise MachineError("there is no docker command", hint="kit up --target native does without")
    workloads = workloads_of(deployment)
    before = [container for container in project.containers() if container.state == "running"]
    own = {port for container in before for port in container.ports.values()}
    refuse_unreadable_secrets(workloads, folder)
    refuse_taken_ports(docker, deployment.network, workloads, own)
    machine = docker.machine()
    if machine.is_this_one and not before:
        refuse_too_few_aio(workloads)
    say(f"Docker {versions.docker}, Compose {versions.compose}")
    for line in limits(workloads, machine.memory):
        say(line)
    staying = {workload.name for workload in workloads if not workload.once}
    build = ["--build"] if deployment.images.own.context else []
    try:
        failed = docker.show(["compose", "up", "--wait", *build, "--remove-orphans"], to_stderr=True)
    except KeyboardInterrupt:
        if not before:
            say("stopping what was started …")
            docker.show(["compose", "-p", project.name, "down"], to_stderr=True)
        raise
    if failed:
        raise _told(project)
    return staying.issubset(container.service for container in before)


def _refuse_drift(deployment: Deployment, folder: Path) -> None:
    found = changes(folder, render_files(deployment), context_files(folder, deployment.images.own))
    differing = [change.path for change in found if change.state is not FileState.SAME]
    if differing:
        # The lock follows the others.
        told = [path for path in differing if path != LOCK_FILE] or differing
        raise UserError(
            f"{', '.join(told)}: not what kit.yaml says",
            hint="kit generate renders them; kit generate --diff shows what would change",
        )


def _told(project: Project) -> MachineError:
    """Name the containers that are to blame, each with the end of its log."""
    bad = [container for container in project.containers() if (_trouble(container))]
    if not bad:
        return MachineError(
            "docker compose up --wait failed; what it said stands above",
            hint="kit status shows what runs; kit down removes it",
        )
    lines = []
    for container in bad:
        lines.append(f"{container.service}: {_trouble(container)}; the last lines of its log:")
        lines += [f"    {line}" for line in project.last_lines(container.service, _LAST_LINES)] or [
            "    (none)"
        ]
    return MachineError(
        "\n".join(lines), hint=f"kit logs {bad[0].service} shows all of it; kit down removes the containers"
    )


def _trouble(container: Container) -> str:
    if container.state == "exited" and container.exit_code:
        return f"stopped with exit code {container.exit_code}"
    if container.state in ("restarting", "dead"):
        return "does not stay up"
    return "is not healthy" if container.health == "unhealthy" else ""
