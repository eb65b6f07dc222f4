"""`kit up --target compose`: plan the changes, run the checks, then `docker compose up --wait`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from generator.deployment.model import Deployment
from generator.render import render_files, workloads_of
from generator.targets.compose import COMPOSE_FILE, FILE_LABEL
from generator.tree.changes import Change, FileState
from generator.tree.lock import LOCK_FILE
from generator.tree.write import refuse_edited
from generator.workload import Workload
from kit.errors import MachineError
from kit.operate.compose import failing, ownership
from kit.operate.compose.checks import refuse_taken_ports, refuse_too_few_aio, refuse_unreadable_files
from kit.operate.compose.data_formats import other_releases, refuse_other_releases
from kit.operate.compose.deployed import Deployed, deployed, differences, image_ids, wanted
from kit.operate.compose.docker import Docker, Versions
from kit.operate.compose.memory import limits
from kit.operate.compose.project import Project
from kit.operate.compose.readable import read_before
from kit.operate.kept import kept_by, moved, refuse_moved
from kit.operate.own_services import refuse_left_out
from kit.operate.rendering import pending, write_pending
from kit.operate.runtime import Action, PlannedChange
from kit.operate.status_report import change_lines
from kit.terminal import say

_OWN_IMAGE_CHANGED = "the kit's own image was rebuilt"


@dataclass(frozen=True, slots=True)
class StartPlan:
    """The plan of a start.

    Attributes:
        deployment: The deployment to start.
        project: Its Compose project.
        workloads: Its workloads.
        files: Comparison of each rendered file on disk with its render.
        before: The containers before the start.
        changes: Changes, by component.
        restarted: Services that only restart to read a changed user file.
        versions: Installed versions of Docker and Compose.
        found: The project's containers and volumes.
    """

    deployment: Deployment
    project: Project
    workloads: Sequence[Workload]
    files: Sequence[Change]
    before: Sequence[Deployed]
    changes: Sequence[PlannedChange]
    restarted: Sequence[str]
    versions: Versions
    found: ownership.Traces = field(repr=False)

    @property
    def folder(self) -> Path:
        """The deployment's folder, absolute."""
        return self.project.docker.folder


def plan(deployment: Deployment, folder: Path, *, adopt: bool = False) -> StartPlan:
    """Plan a start: compare the existing containers with the wanted ones. Nothing is changed.

    Args:
        deployment: the deployment to start.
        folder: its folder.
        adopt: whether to take over containers and volumes of the same name from another folder.

    Raises:
        UserError: data would be left behind, or can't be read by the new release.
        TreeError: rendered files were edited by hand.
        MachineError: there is no Docker, or the project belongs to another folder.
    """
    refuse_left_out(deployment, "Compose", "`image: …` or `build: FOLDER`")
    files = pending(deployment, folder)
    refuse_edited(files)
    docker = Docker(folder.resolve())
    versions = docker.versions()
    rendered = render_files(deployment)[COMPOSE_FILE]
    project = Project.rendered_as(rendered, folder)
    if project is None:
        raise MachineError("there is no docker command", hint="run without Docker: kit up --target native")
    found = ownership.traces(docker, project.name)
    if not adopt:
        ownership.refuse_others(found, project.name, docker.folder)
        ownership.refuse_unknown(found, project.name, "up")
    workloads = workloads_of(deployment)
    before, now = deployed(docker, project.name), wanted(docker, project.name, rendered)
    kept = {what: where for one in before for what, where in kept_by(one.labels).items()}
    then = {what: where for labels in now.labels.values() for what, where in kept_by(labels).items()}
    refuse_moved(list(moved(kept, then)), "kit down && kit up")
    refuse_other_releases(list(other_releases(docker, project.name, workloads, now.images, found.volumes)))
    steps = [workload.name for workload in workloads if workload.once]
    changed = list(differences(before, now, image_ids(docker, now.images.values()), steps))
    hashed = {key.removeprefix(FILE_LABEL) for labels in now.labels.values() for key in labels}
    again = read_before(workloads, docker.folder, {one.service: one.began for one in before}, hashed)
    replaced = {change.component for change in changed}
    restarted = [service for service in again if service not in replaced]
    changed += [PlannedChange(service, Action.REPLACE, again[service]) for service in restarted]
    return StartPlan(deployment, project, workloads, files, before, changed, restarted, versions, found)


def up(planned: StartPlan, *, adopt: bool = False) -> Sequence[PlannedChange]:
    """Start a deployment's containers and wait until all are healthy; return the changes made.

    Raises:
        UserError: a container can't read a file.
        MachineError: a port is taken, a kernel limit is too low, or a container does not start.
    """
    docker, project = planned.project.docker, planned.project
    write_pending(planned.folder, planned.files)
    for change in planned.files:
        if change.state is not FileState.SAME and change.path != LOCK_FILE:
            say(f"{'removed' if change.after is None else 'wrote'} {change.path}")
    running = any(one.running for one in planned.before)
    _check(planned, fresh=not running)
    if adopt and planned.found.others(planned.folder):
        # The label with the folder can't be changed: the containers are recreated, and the volumes stay.
        project.down(remove_data=False)
    ownership.mark(docker, project.name, planned.folder)
    try:
        failed = _compose_up(planned)
    except KeyboardInterrupt:
        if not running:
            say("stopping what was started …")
            docker.show(["compose", "-p", project.name, "down"], to_stderr=True)
        raise
    if failed:
        raise failing.told(project)
    return [*planned.changes, *_unforeseen(planned)]


def _check(planned: StartPlan, *, fresh: bool) -> None:
    """Refuse a start that would fail half way, and print what it will change."""
    docker, workloads = planned.project.docker, planned.workloads
    own = {port for container in planned.project.containers() for port in container.ports.values()}
    refuse_unreadable_files(workloads, planned.folder)
    refuse_taken_ports(docker, planned.deployment.network, workloads, own)
    machine = docker.machine()
    if fresh and machine.is_this_one:
        refuse_too_few_aio(workloads)
    say(f"Docker {planned.versions.docker}, Compose {planned.versions.compose}")
    for line in limits(workloads, machine.memory) if fresh else change_lines(planned.changes):
        say(line)


def _compose_up(planned: StartPlan) -> bool:
    """Start the containers and restart those whose user files changed; return whether it failed."""
    project = planned.project
    build = ["--build"] if planned.deployment.images.own.context else []
    commands = [["up", "--wait", *build, "--remove-orphans"]]
    if planned.restarted:
        commands += [["restart", *planned.restarted], ["up", "--wait", "--no-build"]]
    return any(
        project.docker.show(["compose", "-p", project.name, *words], to_stderr=True) for words in commands
    )


def _unforeseen(planned: StartPlan) -> list[PlannedChange]:
    """Return the containers that were replaced because this start built their image."""
    named = {change.component for change in planned.changes}
    steps = {workload.name for workload in planned.workloads if workload.once}
    before = {one.service: one.id for one in planned.before}
    return [
        PlannedChange(one.service, Action.REPLACE, (_OWN_IMAGE_CHANGED,))
        for one in deployed(planned.project.docker, planned.project.name)
        if one.service not in named | steps and before.get(one.service) not in (None, one.id)
    ]
