"""Loopback addresses: in a container they lead to the container itself."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

from generator.components.storage.plan import StoragePlan
from generator.rules.check import Breach, rule
from generator.rules.containers import ContainerView
from generator.rules.listeners import ASKING_RECEIVERS
from generator.rules.pipelines import type_of
from generator.rules.scene import Scene
from generator.rules.text import KeyPath, mapping
from generator.rules.units import host_port

_NAMES = ("localhost", "localhost.localdomain", "localhost4", "localhost6", "ip6-localhost", "ip6-loopback")
# Keys that hold an address to connect to. Servers use `endpoint` too: they are left out below.
_CLIENT_KEYS = ("endpoint", "endpoints", "brokers", "url", "urls", "address", "addresses", "dsn", "targets",
                "servers", "server_urls", "host", "token_url", "proxy_url")  # fmt: skip
# Exporters that listen on an address of their own.
_LISTENING_EXPORTERS = ("prometheus", "opensearch_proxy")
# Services that connect to the database.
_OF_THE_DATABASE = ("jaeger", "schema", "dependencies")


def is_loopback(host: str) -> bool:
    """Whether a host is the caller's own: a loopback name or address in any form, or the unspecified address."""
    name = host.strip().strip("[]").rstrip(".").lower()
    if name in _NAMES or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        # Short forms, such as 127.1.
        return name.startswith("127.") and name.replace(".", "").isdigit()
    mapped = getattr(address, "ipv4_mapped", None) or address
    return mapped.is_loopback or mapped.is_unspecified


@rule("KIT151")
def others_are_not_sought_in_the_own_container(scene: Scene) -> Iterator[Breach]:
    """Check the addresses of the storage, and every address that the collector and Jaeger connect to."""
    yield from _storage(scene)
    for name, layered in (("collector", scene.collector), ("jaeger", scene.jaeger)):
        container = scene.containers.get(name)
        if container is None or not container.own_loopback:
            continue
        own = {one.port for one in scene.listening if one.component == name}
        for path, said in _connections(layered.data):
            host, port = host_port(said)
            if not is_loopback(host) or (path[0] == "receivers" and port in own):
                continue
            found = f"{path[1]} connects to {said}, which is the {name}'s own container"
            yield Breach(found, "the name of a service here, or of another host", (layered, path))


def _storage(scene: Scene) -> Iterator[Breach]:
    path, kind, settings = scene.backend
    inside = [name for name in _OF_THE_DATABASE if _alone(scene.containers.get(name))]
    connection = mapping(settings.get("connection"))
    servers = connection.get("servers")
    if kind != "cassandra" or not inside or not isinstance(servers, list):
        return
    known = (
        scene.deployment[StoragePlan].engine
        if scene.deployment[StoragePlan].engine in scene.containers
        else ""
    )
    for index, server in enumerate(servers):
        host = host_port(server)[0]
        if is_loopback(host):
            said = scene.spec_text.data if isinstance(scene.spec_text.data, dict) else {}
            points = mapping(said.get("storage")).get("contact_points")
            key = f"storage.contact_points.{index}" if isinstance(points, list) else "storage.contact_points"
            yield Breach(
                f"{', '.join(inside)} connect to the database at {server}, which is the connecting container itself",
                known
                or "the node's name or address; host.docker.internal is this machine, if Docker provides it",
                (scene.jaeger, (*path, "connection", "servers", index)),
                key,
            )


def _alone(container: ContainerView | None) -> bool:
    return container is not None and container.own_loopback


def _connections(config: Any) -> Iterator[tuple[KeyPath, str]]:
    """Yield path and text of every address that a component of the config connects to."""
    for section, types in (
        ("exporters", None),
        ("receivers", ASKING_RECEIVERS),
        ("extensions", ("oauth2client", "opamp")),
    ):
        for id_, settings in mapping(mapping(config).get(section)).items():
            said = type_of(id_)
            if said in _LISTENING_EXPORTERS or (types is not None and said not in types):
                continue
            yield from _addresses(settings, (section, id_))


def _addresses(data: Any, path: KeyPath, *, wanted: bool = False) -> Iterator[tuple[KeyPath, str]]:
    if isinstance(data, list):
        for index, item in enumerate(data):
            yield from _addresses(item, (*path, index), wanted=wanted)
    elif isinstance(data, dict):
        for key, value in data.items():
            client = str(key) in _CLIENT_KEYS or str(key).endswith("_endpoint")
            yield from _addresses(value, (*path, key), wanted=client)
    elif wanted and isinstance(data, str) and "$" not in data:
        yield path, data


CHECKS = (others_are_not_sought_in_the_own_container,)
