"""Checks of `kit doctor` for a Compose deployment: its folder, its project and its volumes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from generator.workload import OWN_IMAGE, Workload
from kit.errors import MachineError
from kit.operate.compose import ownership
from kit.operate.compose.data_formats import other_releases
from kit.operate.compose.project import Project
from kit.operate.compose.readable import unreadable
from kit.operate.compose.selinux import enforced, kept_away
from kit.operate.doctor.check import Check
from kit.operate.doctor.doctor_rules import DATA_FORMAT, OWN_IMAGE_CURRENT, PROJECT, READABLE, SELINUX
from kit.operate.doctor.line import Line, Looked
from kit.operate.doctor.subject import Subject

Workloads = Callable[[], Sequence[Workload]]


def deployment_checks(folder: Path, workloads: Workloads) -> list[Check]:
    """Return the checks; they yield nothing if nothing was rendered, or without Docker.

    Args:
        folder: the deployment's folder, absolute.
        workloads: returns the workloads of the current spec.
    """
    return [
        Check("Compose project", PROJECT, lambda _: _project(folder)),
        Check("mounted files", READABLE, lambda subject: _readable(subject, folder, workloads())),
        Check("SELinux", SELINUX, lambda _: _selinux(folder, workloads())),
        Check("data of volumes", DATA_FORMAT, lambda _: _formats(folder, workloads())),
        Check(
            "image of the kit", OWN_IMAGE_CURRENT, lambda subject: _own_image(subject, folder, workloads())
        ),
    ]


def _project(folder: Path) -> Iterator[Line]:
    project = Project.of(folder)
    if project is None:
        return
    looked = Looked("Compose project", PROJECT, f"{project.name}, started from this folder")
    found = ownership.traces(project.docker, project.name)
    try:
        ownership.refuse_others(found, project.name, folder)
    except MachineError as error:
        yield looked.fail(error.message, error.hint)
        return
    if found.unknown:
        yield looked.warn(
            f"volumes of unknown origin: {', '.join(found.volumes)}",
            "if they belong to this deployment: kit up --adopt",
        )
    else:
        yield looked.well(project.name)


def _readable(subject: Subject, folder: Path, workloads: Sequence[Workload]) -> Iterator[Line]:
    if Project.of(folder) is None:
        return
    looked = Looked("mounted files", READABLE, "readable by the containers' users")
    found = [why for _, why in unreadable(workloads, folder)]
    yield subject.bad(looked, "\n".join(found)) if found else looked.well("readable")


def _selinux(folder: Path, workloads: Sequence[Workload]) -> Iterator[Line]:
    if not enforced():
        return
    looked = Looked("SELinux", SELINUX, "mounted files labelled for containers")
    found = list(kept_away(workloads, folder))
    yield (
        looked.warn("\n".join(found))
        if found
        else looked.well("labelled, or labelled by Docker at the start")
    )


def _formats(folder: Path, workloads: Sequence[Workload]) -> Iterator[Line]:
    project = Project.of(folder)
    if project is None:
        return
    volumes = ownership.traces(project.docker, project.name).volumes
    chosen = {one.service: one.image for one in project.containers() if one.image}
    images = {workload.name: workload.image for workload in workloads} | chosen
    looked = Looked("data of volumes", DATA_FORMAT)
    for one in other_releases(project.docker, project.name, workloads, images, volumes):
        yield looked.fail(str(one), one.way_out)


def _own_image(subject: Subject, folder: Path, workloads: Sequence[Workload]) -> Iterator[Line]:
    """Compare the modules in the running image with those of this kit."""
    project = Project.of(folder)
    if subject.live is None or project is None:
        return
    from kit.operate.inside.contents import contents

    names = [workload.name for workload in workloads if workload.image == OWN_IMAGE and not workload.once]
    built = {one.service: one.image for one in project.containers()}
    if not any(name in built for name in names):
        return
    looked = Looked("image of the kit", OWN_IMAGE_CURRENT, "the modules of this kit")
    try:
        inside = project.inside(["kit.operate.inside.contents"], services=names, image="").strip()
    except MachineError:
        yield looked.warn("built from a kit that can't list its modules")
        return
    here = contents(Path(__file__).parents[3])
    yield (
        looked.well("the same modules")
        if inside == here
        else looked.warn("its modules differ from those of this kit")
    )
