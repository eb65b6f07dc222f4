"""Predict which containers a start would replace, with Compose's own comparison.

Compose stores a hash of a service's definition as a label of its container, and recreates the container when the hash
or the image differs. The hashes of the files that a service reads are labels too, so they are part of its definition.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generator.targets.compose import FILE_LABEL
from kit.errors import UserError
from kit.operate.compose.docker import Docker, last_line
from kit.operate.compose.files import merged_over_stdin
from kit.operate.compose.ownership import PROJECT_LABEL
from kit.operate.runtime import Action, PlannedChange

_SERVICE = "com.docker.compose.service"
_HASH = "com.docker.compose.config-hash"
_ONE_OFF = "com.docker.compose.oneoff"


@dataclass(frozen=True, slots=True)
class Deployed:
    """A container with the settings that it was started with.

    Attributes:
        id: Its full id.
        service: Its service in the Compose file.
        running: Whether it runs.
        image: Its image as named in the Compose file.
        image_id: Id of the image that this name had then.
        labels: All of its labels.
        began: Time of its last start, RFC 3339; `0001-…` if it never started.
        memory: Its memory limit, in bytes; 0 without one.
        out_of_memory: Whether the kernel killed its last run at this limit.
    """

    id: str
    service: str
    running: bool
    image: str
    image_id: str
    labels: Mapping[str, str]
    began: str = ""
    memory: int = 0
    out_of_memory: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """The services that a start would create.

    Attributes:
        hashes: Compose's hash of each service.
        labels: The labels of each service.
        images: The image of each service, by name; those that are built are left out.
    """

    hashes: Mapping[str, str]
    labels: Mapping[str, Mapping[str, str]]
    images: Mapping[str, str]


def deployed(docker: Docker, project: str) -> list[Deployed]:
    """Return the containers of a project; empty if Docker does not answer."""
    mine = f"label={PROJECT_LABEL}={project}"
    ids = docker.ask(["ps", "--all", "--quiet", "--no-trunc", "--filter", mine])
    if ids.returncode or not ids.stdout.split():
        return []
    told = docker.ask(["inspect", "--type", "container", *ids.stdout.split()])
    try:
        found = [_deployed(one) for one in json.loads(told.stdout)]
    except (ValueError, KeyError, TypeError):
        return []
    return [one for one in found if one.labels.get(_ONE_OFF) != "True"]


def wanted(docker: Docker, project: str, rendered: str) -> Wanted:
    """Return the services that Compose would start.

    Args:
        docker: Docker, in the deployment's folder.
        project: Name of the project.
        rendered: Text of the rendered Compose file; the user's files are merged over it.

    Raises:
        UserError: Compose can't use the files; the message is its own.
    """
    command = ["compose", "-p", project, *merged_over_stdin(docker.folder), "config"]
    hashes = _answer(docker, [*command, "--hash", "*"], rendered)
    document = json.loads(_answer(docker, [*command, "--format", "json"], rendered))
    services = document.get("services") or {}
    return Wanted(
        dict(line.split(" ", 1) for line in hashes.splitlines() if " " in line),
        {name: {k: str(v) for k, v in (it.get("labels") or {}).items()} for name, it in services.items()},
        {name: str(it["image"]) for name, it in services.items() if "image" in it and "build" not in it},
    )


def differences(
    before: Iterable[Deployed], now: Wanted, images: Mapping[str, str], steps: Iterable[str] = ()
) -> Iterator[PlannedChange]:
    """Yield the changes that a start would make.

    Args:
        before: The existing containers.
        now: The services that would be started.
        images: Current image id by name on this machine; an unknown name is not compared.
        steps: Services that run once: each start runs them again, which is not a change.
    """
    by_service = {one.service: one for one in before}
    once = set(steps)
    for service, digest in now.hashes.items():
        one = by_service.get(service)
        if one is None:
            yield PlannedChange(service, Action.START, ("it does not exist yet",))
        elif why := tuple(_reasons(one, digest, now.labels.get(service, {}), images)):
            yield PlannedChange(service, Action.REPLACE, why)
        elif not one.running and service not in once:
            yield PlannedChange(service, Action.START, ("it has stopped",))
    for service in by_service.keys() - now.hashes.keys():
        yield PlannedChange(service, Action.REMOVE, ("it is no longer in kit.yaml",))


def _reasons(
    one: Deployed, digest: str, labels: Mapping[str, str], images: Mapping[str, str]
) -> Iterator[str]:
    files = {key.removeprefix(FILE_LABEL) for key in {*one.labels, *labels} if key.startswith(FILE_LABEL)}
    changed = [
        file for file in sorted(files)
        if one.labels.get(FILE_LABEL + file) != labels.get(FILE_LABEL + file)
    ]  # fmt: skip
    yield from changed
    if images.get(one.image, one.image_id) != one.image_id:
        yield f"a newer image under the name {one.image}"
    elif not changed and one.labels.get(_HASH) != digest:
        yield "its definition in compose.yaml or in an override"


def image_ids(docker: Docker, names: Iterable[str]) -> dict[str, str]:
    """Return the image id of each name on this machine; names without an image are left out."""
    found = {}
    for name in sorted(set(names)):
        told = docker.ask(["image", "inspect", "--format", "{{.Id}}", name])
        if told.returncode == 0:
            found[name] = told.stdout.strip()
    return found


def _answer(docker: Docker, arguments: list[str], text: str) -> str:
    done = docker.ask(arguments, text=text)
    if done.returncode:
        raise UserError(
            f"Compose can't use the files of {docker.folder}: {last_line(done.stderr)}",
            hint="correct the override or set the variable; to check: docker compose config",
        )
    return done.stdout


def _deployed(told: Mapping[str, Any]) -> Deployed:
    config, state, host = (_mapping(told.get(key)) for key in ("Config", "State", "HostConfig"))
    labels = {str(key): str(value) for key, value in (config.get("Labels") or {}).items()}
    return Deployed(
        id=str(told["Id"]),
        service=labels.get(_SERVICE, ""),
        running=bool(state.get("Running")),
        image=str(config.get("Image") or ""),
        image_id=str(told.get("Image") or ""),
        labels=labels,
        began=str(state.get("StartedAt") or ""),
        memory=int(host.get("Memory") or 0),
        out_of_memory=bool(state.get("OOMKilled")),
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
