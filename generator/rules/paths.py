"""Paths in the configs of the collector and of Jaeger: what is mounted there, and whether it may be written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from generator.rules.check import Breach, rule
from generator.rules.containers import ContainerView, Kept, Mount
from generator.rules.pipelines import type_of
from generator.rules.scene import Scene
from generator.rules.text import KeyPath, Layered, dig, mapping
from generator.workload import OWN_IMAGE

# `cert_file`, `ca_file`, `credentials_file`, … of any component; `filename` is the token's of `bearertokenauth`.
_READ_ENDINGS = ("_file", "_filename", "_path_to_file")
_READ_KEYS = ("filename", "cert", "key_path", "ca_path", "cert_path", "sampling_strategies")
# By section and type: where a component keeps a path under a name that means something else elsewhere.
_READ = {
    ("receivers", "filelog"): (("include",),),
    ("receivers", "file_log"): (("include",),),
    ("receivers", "otlpjsonfile"): (("include",),),
    ("receivers", "otlp_json_file"): (("include",),),
    ("receivers", "hostmetrics"): (("root_path",),),
    ("receivers", "host_metrics"): (("root_path",),),
    ("receivers", "journald"): (("directory",),),
    ("extensions", "basicauth"): (("htpasswd", "file"),),
    ("extensions", "basic_auth"): (("htpasswd", "file"),),
    ("extensions", "jaeger_query"): (("ui", "assets_path"),),
    ("extensions", "remote_sampling"): (("file", "path"),),
}  # fmt: skip
_WRITTEN = {
    ("exporters", "file"): (("path",),),
    ("exporters", "azure_blob"): (),
    ("extensions", "file_storage"): (("directory",), ("compaction", "directory")),
    ("extensions", "db_storage"): (),
    ("extensions", "pprof"): (("save_to_file",),),
}
# Keys that look like the above and are no paths of files, or have a rule of their own.
_OTHERS = ("config_file",)
_STANDARD = ("stdout", "stderr", "/dev/stdout", "/dev/stderr", "/dev/null")
# In every container: the kernel's, and the authorities that the images of the collector and of Jaeger bring.
_THERE = (
    "/proc",
    "/sys",
    "/dev",
    "/etc/ssl/certs",
    "/etc/hosts",
    "/etc/resolv.conf",
    "/etc/hostname",
    "/run/secrets",
)
_FILE_REFERENCE = re.compile(r"\$\{file:([^}]+)\}")
# Variables whose value is a file that the SDKs of the kit's own image read.
_VARIABLES = re.compile(
    r"OTEL_EXPORTER_OTLP(_\w+)?_(CERTIFICATE|CLIENT_KEY)|SSL_CERT_FILE|REQUESTS_CA_BUNDLE"
)


@dataclass(frozen=True, slots=True)
class _Path:
    """A path in a config.

    Attributes:
        at: the key that holds it.
        said: the path, as it is written.
        written: whether the program writes there.
    """

    at: KeyPath
    said: str
    written: bool


@rule("KIT150")
def paths_are_mounted(scene: Scene) -> Iterator[Breach]:
    """Compare the paths in both configs, and in variables of the kit's own image, with the mounts."""
    for name, layered in (("collector", scene.collector), ("jaeger", scene.jaeger)):
        container = scene.containers.get(name)
        if container is None or _own_image(container):
            continue
        for path in _paths(layered):
            why = _wrong(path, container)
            if why:
                yield Breach(
                    f"{name} {'writes to' if path.written else 'reads'} {path.said}, {why}",
                    _below(container, written=path.written),
                    (layered, path.at),
                    also=container.at("mounts"),
                )
    for name, workload in scene.workloads.items():
        container = scene.containers.get(name)
        if container is None or workload.image != OWN_IMAGE or _own_image(container):
            continue
        for variable, value in container.environment.items():
            path = _Path((), value, written=False)
            if (
                _VARIABLES.fullmatch(variable)
                and value
                and "$" not in value
                and (why := _wrong(path, container))
            ):
                found = f"{name} reads {value}, {why}"
                yield Breach(found, _below(container, written=False), container.at("environment", variable))


def _own_image(container: ContainerView) -> bool:
    """Whether a user put another image in the place of the kit's: what is in it is not known."""
    at = container.at("image")
    return bool(at.layered.override.text) and at.layered.override.depth(at.path) == len(at.path)


def _wrong(path: _Path, container: ContainerView) -> str:
    """What is wrong with a path; empty when a mount holds it."""
    said = PurePosixPath(path.said)
    if not said.is_absolute():
        return "which is relative to a folder of the image"
    mount = _mount_of(_resolved(said), container.mounts)
    if not path.written:
        if _is_below(_resolved(said), map(PurePosixPath, _THERE)):
            return ""
        if mount is None:
            return "where nothing is mounted"
        return "an empty tmpfs at each start" if mount.kept is Kept.NOBODY else ""
    if mount is None:
        lost = "and its root can't be written" if container.read_only else "so it is gone with the container"
        return f"where nothing is mounted, {lost}"
    return "which is mounted read-only" if mount.read_only else ""


def _mount_of(path: PurePosixPath, mounts: tuple[Mount, ...]) -> Mount | None:
    """The innermost mount that holds a path; a pattern is held by what holds its fixed part."""
    holding = [mount for mount in mounts if _is_below(path, [PurePosixPath(mount.target)])]
    return max(holding, key=lambda mount: len(PurePosixPath(mount.target).parts), default=None)


def _is_below(path: PurePosixPath, folders: Any) -> bool:
    return any(path == folder or folder in path.parents for folder in folders)


def _resolved(path: PurePosixPath) -> PurePosixPath:
    """Without `.` and `..`, as the kernel follows it where there are no links."""
    parts: list[str] = []
    for part in path.parts[1:]:
        if part == "..":
            parts = parts[:-1]
        elif part != ".":
            parts.append(part)
    return PurePosixPath("/", *parts)


def _below(container: ContainerView, *, written: bool) -> str:
    targets = [m.target for m in container.mounts if not (written and m.read_only)]
    return f"a path below {', '.join(targets)}, or a mount for it" if targets else "a mount for it"


def _paths(layered: Layered) -> Iterator[_Path]:
    config = mapping(layered.data)
    for section in ("receivers", "processors", "exporters", "connectors", "extensions"):
        for id_, settings in mapping(config.get(section)).items():
            yield from _of_component(section, str(id_), mapping(settings))
    logs = mapping(dig(config, "service", "telemetry", "logs"))
    for key in ("output_paths", "error_output_paths"):
        listed = logs.get(key)
        for index, said in enumerate(listed if isinstance(listed, list) else []):
            if isinstance(said, str) and said not in _STANDARD and "$" not in said:
                yield _Path(("service", "telemetry", "logs", key, index), said, written=True)
    yield from _anywhere(config, ())


def _of_component(section: str, id_: str, settings: Mapping[str, Any]) -> Iterator[_Path]:
    kind = (section, type_of(id_))
    for paths, written in ((_READ.get(kind, ()), False), (_WRITTEN.get(kind, ()), True)):
        for below in paths:
            value = dig(settings, *below)
            # The queue's own folder has KIT051.
            if kind == ("extensions", "file_storage") and value in (None, settings.get("directory")):
                continue
            for said in value if isinstance(value, list) else [value]:
                if isinstance(said, str) and said and said not in _STANDARD and "$" not in said:
                    yield _Path((section, id_, *below), said, written)


def _anywhere(data: Any, path: KeyPath) -> Iterator[_Path]:
    """Keys that hold a file's path in any component, sockets, and `${file:…}`."""
    if isinstance(data, list):
        for index, item in enumerate(data):
            yield from _anywhere(item, (*path, index))
    elif isinstance(data, Mapping):
        for key, value in data.items():
            yield from _anywhere(value, (*path, key))
    elif isinstance(data, str):
        key = next((str(step) for step in reversed(path) if not isinstance(step, int)), "")
        yield from (_Path(path, said, written=False) for said in _read(key, data) if said and "$" not in said)


def _read(key: str, value: str) -> list[str]:
    """The files that a text names."""
    if value.startswith("unix://"):
        return [value.removeprefix("unix://")]
    if key not in _OTHERS and (key in _READ_KEYS or key.endswith(_READ_ENDINGS)):
        return [value]
    return _FILE_REFERENCE.findall(value)


CHECKS = (paths_are_mounted,)
