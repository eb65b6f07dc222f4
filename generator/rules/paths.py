"""Paths in the configs of the collector and of Jaeger: mounted, and writable if needed."""

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

# `cert_file`, `ca_file`, `credentials_file`, … of any component; `bearertokenauth` reads its token from `filename`.
_READ_ENDINGS = ("_file", "_filename", "_path_to_file")
_READ_KEYS = ("filename", "cert", "key_path", "ca_path", "cert_path", "sampling_strategies")
# By section and type: keys that hold a path in this component only.
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
# Keys with such a name that hold no path, or that another rule checks.
_OTHERS = ("config_file",)
_STANDARD = ("stdout", "stderr", "/dev/stdout", "/dev/stderr", "/dev/null")
# Paths in every container: those of the kernel, and the CA certificates in the images of the collector and of Jaeger.
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
# Variables with the path of a file that the SDKs in the kit's own image read.
_VARIABLES = re.compile(
    r"OTEL_EXPORTER_OTLP(_\w+)?_(CERTIFICATE|CLIENT_KEY)|SSL_CERT_FILE|REQUESTS_CA_BUNDLE"
)


@dataclass(frozen=True, slots=True)
class _Path:
    """A path in a config.

    Attributes:
        at: Key that holds the path.
        said: Path as written.
        written: Whether the program writes there.
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
    """Whether the user replaced the image; the files in that image are unknown."""
    at = container.at("image")
    return bool(at.layered.override.text) and at.layered.override.depth(at.path) == len(at.path)


def _wrong(path: _Path, container: ContainerView) -> str:
    """Describe why a path can't be used; empty if a mount covers it."""
    said = PurePosixPath(path.said)
    if not said.is_absolute():
        return "which is relative to a folder of the image"
    mount = _mount_of(_resolved(said), container.mounts)
    if not path.written:
        if _is_below(_resolved(said), map(PurePosixPath, _THERE)):
            return ""
        if mount is None:
            return "where nothing is mounted"
        return "which is an empty tmpfs at each start" if mount.kept is Kept.NOBODY else ""
    if mount is None:
        lost = (
            "and the root is read-only" if container.read_only else "so the data is lost with the container"
        )
        return f"where nothing is mounted, {lost}"
    return "which is mounted read-only" if mount.read_only else ""


def _mount_of(path: PurePosixPath, mounts: tuple[Mount, ...]) -> Mount | None:
    """Return the innermost mount that covers a path; for a pattern, its fixed part counts."""
    holding = [mount for mount in mounts if _is_below(path, [PurePosixPath(mount.target)])]
    return max(holding, key=lambda mount: len(PurePosixPath(mount.target).parts), default=None)


def _is_below(path: PurePosixPath, folders: Any) -> bool:
    return any(path == folder or folder in path.parents for folder in folders)


def _resolved(path: PurePosixPath) -> PurePosixPath:
    """Resolve `.` and `..` as the kernel does without symbolic links."""
    parts: list[str] = []
    for part in path.parts[1:]:
        if part == "..":
            parts = parts[:-1]
        elif part != ".":
            parts.append(part)
    return PurePosixPath("/", *parts)


def _below(container: ContainerView, *, written: bool) -> str:
    targets = [m.target for m in container.mounts if not (written and m.read_only)]
    return f"a path in its mounts ({', '.join(targets)}), or a mount for it" if targets else "a mount for it"


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
            # KIT051 checks the queue's folder.
            if kind == ("extensions", "file_storage") and value in (None, settings.get("directory")):
                continue
            for said in value if isinstance(value, list) else [value]:
                if isinstance(said, str) and said and said not in _STANDARD and "$" not in said:
                    yield _Path((section, id_, *below), said, written)


def _anywhere(data: Any, path: KeyPath) -> Iterator[_Path]:
    """Yield the paths in keys that hold a file's path in any component, in sockets, and in `${file:…}`."""
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
    """Return the paths that the value of a key names."""
    if value.startswith("unix://"):
        return [value.removeprefix("unix://")]
    if key not in _OTHERS and (key in _READ_KEYS or key.endswith(_READ_ENDINGS)):
        return [value]
    return _FILE_REFERENCE.findall(value)


CHECKS = (paths_are_mounted,)
