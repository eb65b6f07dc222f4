"""Ports that the collector and Jaeger open; the configs of both have the collector's format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from generator.rules.text import KeyPath, Layered, dig, mapping, words
from generator.rules.units import host_port

# Receivers that connect to other servers; the rest listen on their `endpoint`.
ASKING_RECEIVERS = (
    *(
        "apache",
        "elasticsearch",
        "haproxy",
        "httpcheck",
        "jmx",
        "kafka",
        "kafkametrics",
        "memcached",
        "mongodb",
    ),
    *("mysql", "nginx", "postgresql", "prometheus", "pulsar", "rabbitmq", "redis", "sqlserver", "tcpcheck"),
)


@dataclass(frozen=True, slots=True)
class Listening:
    """A port that a component opens.

    Attributes:
        component: `collector` or `jaeger`.
        layered: Config of the component.
        path: Path of the key that sets the port.
        host: Address that it binds to.
        port: Port number.
        what: Description for messages.
    """

    component: str
    layered: Layered
    path: KeyPath
    host: str
    port: int
    what: str


def listening(configs: Mapping[str, Layered]) -> Iterator[Listening]:
    """Yield every port that the configs of these components open."""
    for component, layered in configs.items():
        for path, what in _endpoints(layered):
            host, port = host_port(layered.get(*path))
            if port is not None:
                yield Listening(component, layered, path, host, port, what)
        readers = layered.get("service", "telemetry", "metrics", "readers")
        for index, _ in enumerate(readers if isinstance(readers, list) else []):
            above: KeyPath = (
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
                yield Listening(component, layered, (*above, "port"), host, port, "metrics reader")


def _endpoints(layered: Layered) -> Iterator[tuple[KeyPath, str]]:
    enabled = set(words(layered.get("service", "extensions")))
    for id_, settings in mapping(layered.get("extensions")).items():
        for below in ((), ("http",), ("grpc",)):
            if id_ in enabled and isinstance(dig(settings, *below, "endpoint"), str):
                yield ("extensions", id_, *below, "endpoint"), f"extension {id_}"
    yield from _received(layered)
    for id_ in mapping(layered.get("exporters")):
        if str(id_).partition("/")[0] == "prometheus" and isinstance(
            layered.get("exporters", id_, "endpoint"), str
        ):
            yield ("exporters", id_, "endpoint"), f"exporter {id_}"


def _received(layered: Layered) -> Iterator[tuple[KeyPath, str]]:
    for id_, settings in mapping(layered.get("receivers")).items():
        if str(id_).partition("/")[0] in ASKING_RECEIVERS:
            continue
        if isinstance(dig(settings, "endpoint"), str):
            yield ("receivers", id_, "endpoint"), f"receiver {id_}"
        for protocol in mapping(dig(settings, "protocols")):
            if isinstance(dig(settings, "protocols", protocol, "endpoint"), str):
                yield ("receivers", id_, "protocols", protocol, "endpoint"), f"receiver {id_}, {protocol}"
