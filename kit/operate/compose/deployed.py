"""What was started, against what would be started now: Compose's own comparison, asked beforehand.

Compose keeps a hash of a service's definition as a label of its container, and makes the container anew when the hash
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
    """A container as it was started.

    Attributes:
        id: Its id, in full.
        service: Its service in the Compose file.
        running: Whether it runs.
        image: Image as the Compose file named it.
        image_id: What that name meant then.
        labels: All of its labels.
        began: When it was last started, RFC 3339; `0001-…` before the first time.
        memory: Its limit in bytes; 0 without one.
        out_of_memory: Whether the kernel killed it for that limit when it last ran.
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
    """What would be started.

    Attributes:
        hashes: Compose's hash of each service.
        labels: The labels of each service.
        images: The image of each service, by name; those that are built are left out.
    """

    hashes: Mapping[str, str]
    labels: Mapping[str, Mapping[str, str]]
    images: Mapping[str, str]


def deployed(docker: Docker, project: str) -> list[Deployed]:
    """The containers of a project; none where Docker does not answer."""
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
    """What Compose would start.

    Args:
        docker: Docker, in the deployment's folder.
        project: Name of the project.
        rendered: Text of the Compose file; the user's files are merged over it.

    Raises:
        UserError: Compose can't read the files; with its words.
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
    """What a start would change.

    Args:
        before: The containers that are there.
        now: What would be started.
        images: What image names mean on this machine now, by name; one that is not known is not compared.
        steps: Services that run once: each start runs them again, which is no change.
    """
    by_service = {one.service: one for one in before}
    once = set(steps)
    for service, digest in now.hashes.items():
        one = by_service.get(service)
        if one is None:
            yield PlannedChange(service, Action.START, ("it is not there yet",))
        elif why := tuple(_reasons(one, digest, now.labels.get(service, {}), images)):
            yield PlannedChange(service, Action.REPLACE, why)
        elif not one.running and service not in once:
            yield PlannedChange(service, Action.START, ("it has stopped",))
    for service in by_service.keys() - now.hashes.keys():
        yield PlannedChange(service, Action.REMOVE, ("kit.yaml does not name it any more",))


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
    """What image names mean on this machine; those that are not there are left out."""
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
            hint="docker compose config says the same; mend the override or set the variable",
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
