"""The collector's pipelines, and which exporters lead to Jaeger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generator.components.dead_letters.listeners import NAME as DEAD_LETTERS
from generator.rules.scene import Scene
from generator.rules.text import KeyPath, Layered, dig, mapping, words
from generator.rules.units import host_port

PARTS = ("receivers", "processors", "exporters")
SIGNALS = ("traces", "metrics", "logs", "profiles")
OTLP = ("otlp", "otlp_grpc", "otlp_http", "otlphttp")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
# Jaeger's host, and that of what hands requests on to it.
TOWARDS_JAEGER = ("jaeger", DEAD_LETTERS)
_HTTP = ("otlp_http", "otlphttp")
_STORAGES = ("file_storage", "db_storage", "redis_storage", "pebble_tail_storage")


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One pipeline: `name` is `traces` or `traces/sampled`."""

    name: str
    receivers: list[str]
    processors: list[str]
    exporters: list[str]

    @property
    def signal(self) -> str:
        """What flows through it."""
        return self.name.partition("/")[0]

    def path(self, part: str) -> KeyPath:
        """The path of one of its lists."""
        return ("service", "pipelines", self.name, part)


@dataclass(frozen=True, slots=True)
class Exporter:
    """An exporter that leads to Jaeger.

    Attributes:
        id: its name in the config.
        http: OTLP over HTTP; else over gRPC.
        settings: its keys.
        port: which it sends to.
    """

    id: str
    http: bool
    settings: Mapping[str, Any]
    port: int | None

    def path(self, *below: Any) -> KeyPath:
        """The path of one of its keys."""
        return ("exporters", self.id, *below)

    def get(self, *below: Any) -> Any:
        """The value of one of its keys."""
        return dig(self.settings, *below)


def type_of(id_: Any) -> str:
    """The component's type: `otlp_http` of `otlp_http/jaeger`."""
    return str(id_).partition("/")[0].strip()


def pipelines(layered: Layered) -> list[Pipeline]:
    """All pipelines of a config."""
    found = {str(name): mapping(data) for name, data in mapping(layered.get("service", "pipelines")).items()}
    return [Pipeline(name, *(words(data.get(part)) for part in PARTS)) for name, data in found.items()]


def to_jaeger(scene: Scene) -> Iterator[Exporter]:
    """The OTLP exporters to Jaeger, or to what stands before it; natively, where all share one host, those named so."""
    for id_, settings in mapping(scene.collector.get("exporters")).items():
        host, port = host_port(dig(settings, "endpoint"))
        here = str(id_).endswith("/jaeger") if scene.shares_host else host in TOWARDS_JAEGER
        if type_of(id_) in OTLP and here:
            yield Exporter(str(id_), type_of(id_) in _HTTP, mapping(settings), port)


def batch_sizer(exporter: Exporter) -> str:
    """What its batches are counted in; empty when it makes none."""
    if not exporter.get("sending_queue", "batch"):
        return ""
    sizer = exporter.get("sending_queue", "batch", "sizer") or exporter.get("sending_queue", "sizer")
    return str(sizer or "items")


def received(layered: Layered) -> dict[str, int]:
    """The ports on which a config takes OTLP from others, by protocol: `grpc`, `http`; its first receiver counts."""
    found: dict[str, int] = {}
    for id_, settings in mapping(layered.get("receivers")).items():
        if type_of(id_) == "otlp":
            for protocol, keys in mapping(dig(settings, "protocols")).items():
                port = host_port(dig(keys, "endpoint"))[1]
                if port is not None:
                    found.setdefault(str(protocol), port)
    return found


def used(layered: Layered, part: str) -> set[str]:
    """The ids that pipelines name as `receivers`, `processors` or `exporters`."""
    return {id_ for pipeline in pipelines(layered) for id_ in getattr(pipeline, part)}


def named_extensions(data: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, str]]:
    """Path and id of every extension that something asks for: `storage`, `auth.authenticator`, `middlewares`."""
    if isinstance(data, list):
        for index, item in enumerate(data):
            yield from named_extensions(item, (*path, index))
    if not isinstance(data, Mapping):
        return
    for key, value in data.items():
        here = (*path, key)
        if key == "storage" and isinstance(value, str) and type_of(value) in _STORAGES:
            yield here, value
        elif key == "auth" and isinstance(dig(value, "authenticator"), str):
            yield (*here, "authenticator"), dig(value, "authenticator")
        elif key == "middlewares" and isinstance(value, list):
            yield from (
                ((*here, i, "id"), str(dig(item, "id"))) for i, item in enumerate(value) if dig(item, "id")
            )
        else:
            yield from named_extensions(value, here)
