"""The collector's pipelines, and the exporters to Jaeger."""

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
# Hosts of Jaeger and of the dead-letters program, which forwards requests to it.
TOWARDS_JAEGER = ("jaeger", DEAD_LETTERS)
_HTTP = ("otlp_http", "otlphttp")
_STORAGES = ("file_storage", "db_storage", "redis_storage", "pebble_tail_storage")


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One pipeline; `name` is `traces` or, for example, `traces/sampled`."""

    name: str
    receivers: list[str]
    processors: list[str]
    exporters: list[str]

    @property
    def signal(self) -> str:
        """Signal of the pipeline, such as `traces`."""
        return self.name.partition("/")[0]

    def path(self, part: str) -> KeyPath:
        """Return the path of one of its lists."""
        return ("service", "pipelines", self.name, part)


@dataclass(frozen=True, slots=True)
class Exporter:
    """An exporter to Jaeger.

    Attributes:
        id: Name in the config.
        http: Whether it sends OTLP over HTTP; otherwise over gRPC.
        settings: Keys and values in the config.
        port: Port of its endpoint; None if unknown.
    """

    id: str
    http: bool
    settings: Mapping[str, Any]
    port: int | None

    def path(self, *below: Any) -> KeyPath:
        """Return the path of one of its keys."""
        return ("exporters", self.id, *below)

    def get(self, *below: Any) -> Any:
        """Return the value of one of its keys; None if it is not set."""
        return dig(self.settings, *below)


def type_of(id_: Any) -> str:
    """Return a component's type: `otlp_http` for `otlp_http/jaeger`."""
    return str(id_).partition("/")[0].strip()


def pipelines(layered: Layered) -> list[Pipeline]:
    """Return all pipelines of a config."""
    found = {str(name): mapping(data) for name, data in mapping(layered.get("service", "pipelines")).items()}
    return [Pipeline(name, *(words(data.get(part)) for part in PARTS)) for name, data in found.items()]


def to_jaeger(scene: Scene) -> Iterator[Exporter]:
    """Yield the OTLP exporters to Jaeger or to the dead-letters program.

    Natively all programs share one host, so the exporter's name decides: it ends in `/jaeger`.
    """
    for id_, settings in mapping(scene.collector.get("exporters")).items():
        host, port = host_port(dig(settings, "endpoint"))
        here = str(id_).endswith("/jaeger") if scene.shares_host else host in TOWARDS_JAEGER
        if type_of(id_) in OTLP and here:
            yield Exporter(str(id_), type_of(id_) in _HTTP, mapping(settings), port)


def batch_sizer(exporter: Exporter) -> str:
    """Return the unit in which an exporter counts its batches; empty if it has none."""
    if not exporter.get("sending_queue", "batch"):
        return ""
    sizer = exporter.get("sending_queue", "batch", "sizer") or exporter.get("sending_queue", "sizer")
    return str(sizer or "items")


def received(layered: Layered) -> dict[str, int]:
    """Return the ports of a config's OTLP receivers by protocol (`grpc`, `http`); the first receiver counts."""
    found: dict[str, int] = {}
    for id_, settings in mapping(layered.get("receivers")).items():
        if type_of(id_) == "otlp":
            for protocol, keys in mapping(dig(settings, "protocols")).items():
                port = host_port(dig(keys, "endpoint"))[1]
                if port is not None:
                    found.setdefault(str(protocol), port)
    return found


def used(layered: Layered, part: str) -> set[str]:
    """Return the ids that pipelines list as `receivers`, `processors` or `exporters`."""
    return {id_ for pipeline in pipelines(layered) for id_ in getattr(pipeline, part)}


def named_extensions(data: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, str]]:
    """Yield path and id of every extension in a `storage`, `auth.authenticator` or `middlewares`."""
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
