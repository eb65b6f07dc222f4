"""What the rules look at: the rendered files as they take effect, and where each value comes from.

Rules read the texts, not the plan: so they see what an override or a hand edit changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

from generator.components.collector.component import CONFIG as COLLECTOR_CONFIG
from generator.components.jaeger.component import CONFIG as JAEGER_CONFIG
from generator.components.jaeger.component import UI
from generator.components.storage.component import SCHEMA
from generator.deployment.model import Deployment
from generator.fileset import FileSet
from generator.overrides import COLLECTOR_OVERRIDE, COMPOSE_OVERRIDE, UI_OVERRIDE
from generator.overrides.merge import merge_collector, merge_compose
from generator.render import workloads_of
from generator.rules.cql import Schema, read_schema
from generator.rules.text import Layered, Path, Text, dig, mapping, words
from generator.rules.units import host_port
from generator.spec.model import Spec
from generator.targets import COMPOSE, NATIVE
from generator.targets.compose import COMPOSE_FILE
from generator.workload import Workload

SAMPLE = "coupon_api"


@dataclass(frozen=True)
class Scene:
    """One deployment to be checked.

    Attributes:
        spec: the user's wishes.
        spec_text: the file that says them.
        deployment: the decisions.
        files: what was rendered.
        on_disk: rendered files that were edited by hand, as they stand there; they count instead.
        folder: put before file names in findings, as the user named the spec's folder; empty for this one.
    """

    spec: Spec
    spec_text: Text
    deployment: Deployment
    files: FileSet
    on_disk: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""

    def named(self, file: str) -> str:
        """A file's name in findings."""
        return f"{self.folder}/{file}" if self.folder else file

    def text(self, file: str) -> Text:
        """A rendered file, as it stands on disk where it was edited."""
        rendered = self.files[file] if file in self.files else ""  # noqa: SIM401  # not a dict
        return Text(self.named(file), self.on_disk.get(file, rendered))

    def _layered(self, file: str, override: str, text: str, merge: Any) -> Layered:
        rendered, over = self.text(file), Text(self.named(override), text)
        data = rendered.data
        if over.data is not None and data is not None and merge is not None:
            data = merge(data, over.data)
        return Layered(rendered, over, data, edited=file in self.on_disk)

    @cached_property
    def compose(self) -> Layered:
        """Compose's file with the override; without data natively."""
        return self._layered(COMPOSE_FILE, COMPOSE_OVERRIDE, self.deployment.overrides.compose, merge_compose)

    @cached_property
    def collector(self) -> Layered:
        """The collector's config with the override."""
        over = self.deployment.overrides.collector
        return self._layered(COLLECTOR_CONFIG, COLLECTOR_OVERRIDE, over, merge_collector)

    @cached_property
    def jaeger(self) -> Layered:
        """Jaeger's config."""
        return self._layered(JAEGER_CONFIG, "", "", None)

    @cached_property
    def ui(self) -> Layered:
        """Jaeger UI's config; the override is merged when it is rendered."""
        return self._layered(UI, UI_OVERRIDE, self.deployment.overrides.jaeger_ui, None)

    @cached_property
    def schema_text(self) -> Text:
        """The schema's script."""
        return self.text(SCHEMA)

    @cached_property
    def schema(self) -> Schema:
        """The schema; empty where the storage has none."""
        return read_schema(self.schema_text.text)

    @cached_property
    def containers(self) -> dict[str, Container]:
        """Compose's services by name; none natively."""
        return {
            str(name): Container(str(name), mapping(data), self)
            for name, data in mapping(self.compose.get("services")).items()
        }

    def container(self, name: str) -> Container:
        """One of them; an empty one where it is not there."""
        return self.containers.get(name) or Container(name, {}, self)

    @cached_property
    def listening(self) -> tuple[Listening, ...]:
        """Every port that the configs of the collector and of Jaeger open."""
        return tuple(_listening(self))

    @cached_property
    def workloads(self) -> dict[str, Workload]:
        """What the kit runs, by name; a user's additions are among the containers alone."""
        return {workload.name: workload for workload in workloads_of(self.deployment)}

    @property
    def runs_samples(self) -> bool:
        """Whether the sample services are part of it."""
        return any(f"-m sample_services.{SAMPLE}" in " ".join(one.command) for one in self.workloads.values())

    @property
    def native(self) -> bool:
        """Whether all components share one host."""
        return self.deployment.target is NATIVE

    @cached_property
    def backend(self) -> tuple[Path, str, Mapping[str, Any]]:
        """Path, kind and settings of the storage that Jaeger writes to."""
        name = self.jaeger.get("exporters", "jaeger_storage_exporter", "trace_storage")
        path: Path = ("extensions", "jaeger_storage", "backends", name)
        kind, settings = next(iter(mapping(self.jaeger.get(*path)).items()), ("", {}))
        return (*path, kind), str(kind), mapping(settings)


@dataclass(frozen=True)
class Container:
    """One service of Compose's file."""

    name: str
    data: Mapping[str, Any]
    scene: Scene

    def __bool__(self) -> bool:
        return bool(self.data)

    def path(self, *below: Any) -> Path:
        """The path of one of its keys."""
        return ("services", self.name, *below)

    def get(self, *below: Any) -> Any:
        """The value of one of its keys."""
        return dig(self.data, *below)

    @property
    def environment(self) -> dict[str, str]:
        """Its variables, as it sees them."""
        return {k: _unescaped(str(v)) for k, v in mapping(self.get("environment")).items() if v is not None}

    @property
    def command(self) -> list[str]:
        """Its arguments."""
        return [_unescaped(word) for word in words(self.get("command"))]

    def options(self, name: str) -> list[str]:
        """What follows an option in its arguments, each time it is given."""
        command = self.command
        joined = [word.partition("=")[2] for word in command if word.startswith(f"{name}=")]
        return [after for word, after in pairwise(command) if word == name] + joined

    @property
    def image(self) -> str:
        """Its image, without registry and tag: `jaegertracing/jaeger`."""
        return str(self.get("image") or "").partition("@")[0].partition(":")[0]

    @property
    def mounts(self) -> list[tuple[Path, str, str, str]]:
        """Path, kind, source and target of each of its volumes, in either form."""
        found = []
        for index, item in enumerate(
            self.get("volumes") or [] if isinstance(self.get("volumes"), list) else []
        ):
            if isinstance(item, Mapping):
                found.append(
                    (index, str(item.get("type", "")), str(item.get("source") or ""), str(item.get("target")))
                )
            else:
                source, colon, target = str(item).partition(":")
                target = target.partition(":")[0] if colon else source
                kind = "bind" if source.startswith((".", "/", "~")) and colon else "volume"
                found.append((index, kind, source if colon else "", target))
        return [(self.path("volumes", index), kind, source, target) for index, kind, source, target in found]

    @property
    def published(self) -> list[Published]:
        """Its published ports, in either form; ranges are left out."""
        ports = self.get("ports")
        found = [_published(item) for item in ports] if isinstance(ports, list) else []
        return [port for port in found if port is not None]

    @property
    def limit(self) -> tuple[Path, Any]:
        """Path and value of its memory limit."""
        deep = ("deploy", "resources", "limits", "memory")
        if self.get(*deep) is not None:
            return self.path(*deep), self.get(*deep)
        return self.path("mem_limit"), self.get("mem_limit")


@dataclass(frozen=True, slots=True)
class Published:
    """A published port: `address` is empty for all of the host's, `entry` is as it was written."""

    address: str
    host: int
    inside: int
    protocol: str
    entry: Any

    @property
    def open(self) -> bool:
        """Whether others than this machine reach it."""
        return self.address not in ("127.0.0.1", "::1", "localhost")


def _published(item: Any) -> Published | None:
    if isinstance(item, Mapping):
        host, inside, address = (
            str(item.get("published", "")),
            str(item.get("target", "")),
            item.get("host_ip", ""),
        )
        protocol = str(item.get("protocol", "tcp"))
    else:
        text, _, protocol = str(item).partition("/")
        rest, _, inside = text.rpartition(":")
        address, host = (rest.rpartition(":")[0], rest.rpartition(":")[2]) if rest else ("", "")
    if not host.isdigit() or not inside.isdigit():
        return None
    return Published(str(address).strip("[]"), int(host), int(inside), protocol or "tcp", item)


def _unescaped(word: str) -> str:
    return word.replace("$$", "$")


@dataclass(frozen=True, slots=True)
class Listening:
    """A port that a component opens.

    Attributes:
        component: the collector or Jaeger.
        layered: its config.
        path: of the key that says it.
        host: what it binds to.
        port: which.
        what: for people.
    """

    component: str
    layered: Layered
    path: Path
    host: str
    port: int
    what: str


def _listening(scene: Scene) -> Iterator[Listening]:
    for component, layered in (("collector", scene.collector), ("jaeger", scene.jaeger)):
        for path, what in _endpoints(layered):
            host, port = host_port(layered.get(*path))
            if port is not None:
                yield Listening(component, layered, path, host, port, what)
        readers = layered.get("service", "telemetry", "metrics", "readers")
        for index, _ in enumerate(readers if isinstance(readers, list) else []):
            above: Path = (
                "service",
                "telemetry",
                "metrics",
                "readers",
                index,
                "pull",
                "exporter",
                "prometheus",
            )
            host, port = host_port(f"{layered.get(*above, 'host')}:{layered.get(*above, 'port')}")
            if port is not None:
                yield Listening(component, layered, (*above, "port"), host, port, "its own metrics")


def _endpoints(layered: Layered) -> Iterator[tuple[Path, str]]:
    enabled = set(words(layered.get("service", "extensions")))
    for id_, settings in mapping(layered.get("extensions")).items():
        for below in ((), ("http",), ("grpc",)):
            if id_ in enabled and isinstance(dig(settings, *below, "endpoint"), str):
                yield ("extensions", id_, *below, "endpoint"), f"extension {id_}"
    for id_, settings in mapping(layered.get("receivers")).items():
        if isinstance(dig(settings, "endpoint"), str):
            yield ("receivers", id_, "endpoint"), f"receiver {id_}"
        for protocol in mapping(dig(settings, "protocols")):
            if isinstance(dig(settings, "protocols", protocol, "endpoint"), str):
                yield ("receivers", id_, "protocols", protocol, "endpoint"), f"receiver {id_}, {protocol}"
    for id_ in mapping(layered.get("exporters")):
        if str(id_).partition("/")[0] == "prometheus" and isinstance(
            layered.get("exporters", id_, "endpoint"), str
        ):
            yield ("exporters", id_, "endpoint"), f"exporter {id_}"
