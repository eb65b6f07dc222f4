"""Ports: each used once, open where clients connect, and open to the network only with authentication."""

from __future__ import annotations

from collections.abc import Iterator

from findings.rule import Severity
from generator.rules.check import Breach, rule
from generator.rules.containers import ContainerView, PublishedPort
from generator.rules.listeners import Listening
from generator.rules.pipelines import LOOPBACK
from generator.rules.scene import Scene
from generator.rules.text import dig, mapping

# Ports of stores that hold data and have no password in this deployment.
_STORES = {6379: "Redis", 5432: "PostgreSQL", 9042: "the database's CQL", 9142: "the database's CQL"}


@rule("KIT020")
def host_ports_are_unique(scene: Scene) -> Iterator[Breach]:
    """Find ports of the host that are published twice."""
    owners: dict[tuple[int, str], tuple[ContainerView, PublishedPort]] = {}
    for container in scene.containers.values():
        for port in container.ports:
            owner, first = owners.setdefault((port.host, port.protocol), (container, port))
            if first is port or (
                owner is container and first.inside == port.inside and first.address == port.address
            ):
                continue
            apart = port.address and first.address and port.address != first.address
            if not apart:
                found = f"port {port.host} of the host, which {owner.name} uses too"
                yield Breach(
                    found,
                    f"another port, such as {port.host + 10_000 if port.host < 55_000 else port.host - 10_000}",
                    port.at,
                    "ports",
                    also=first.at,
                )


@rule("KIT021")
def listeners_are_unique(scene: Scene) -> Iterator[Breach]:
    """Find ports that two servers of a config open; natively all components share one host."""
    seen: dict[tuple[str, int], Listening] = {}
    for one in scene.listening:
        host = "" if scene.shares_host else one.component
        first = seen.setdefault((host, one.port), one)
        if first is not one:
            whose = f"{first.component}, {first.what}" if scene.shares_host else first.what
            yield Breach(
                f"port {one.port} ({one.what}), which {whose} uses too",
                "another port",
                (one.layered, one.path),
                also=(first.layered, first.path),
            )


@rule("KIT022")
def published_ports_are_open(scene: Scene) -> Iterator[Breach]:
    """Compare published ports with the ports that the collector and Jaeger open."""
    open_ports: dict[str, dict[int, str]] = {}
    for one in scene.listening:
        open_ports.setdefault(one.component, {})[one.port] = one.what
    for name, known in open_ports.items():
        for port in scene.container(name).ports:
            if port.inside not in known and port.protocol == "tcp":
                expected = ", ".join(f"{number} ({what})" for number, what in sorted(known.items()))
                yield Breach(
                    f"{name} does not listen on {port.inside}",
                    f"one of {expected}",
                    port.at,
                )


@rule("KIT023")
def the_world_is_kept_out(scene: Scene) -> Iterator[Breach]:
    """Find ports that other machines can reach without a certificate or a login."""
    known = {(one.component, one.port): one for one in scene.listening}
    for container in scene.containers.values():
        for port in container.ports:
            one = known.get((container.name, port.inside))
            what, guarded = (one.what, _guarded(one)) if one else (_STORES.get(port.inside, ""), False)
            if not port.open or guarded or not what:
                continue
            store = port.inside in _STORES and one is None
            whom = f"on {port.address}" if port.address not in ("", "0.0.0.0", "::") else "on every address"  # noqa: S104
            yield Breach(
                f"{container.name} publishes port {port.host} {whom}, without TLS or a password: {what}",
                f'"127.0.0.1:{port.host}:{port.inside}"',
                port.at,
                "ports.address",
                severity=Severity.ERROR if store else None,
            )


def _guarded(one: Listening) -> bool:
    """Whether a server requires a client certificate or a login."""
    above = one.layered.get(*one.path[:-1])
    tls = mapping(dig(above, "tls"))
    return bool(tls.get("client_ca_file")) or bool(dig(above, "auth", "authenticator"))


@rule("KIT024")
def containers_listen_outside(scene: Scene) -> Iterator[Breach]:
    """Check the addresses of the receivers, of the metrics and of Jaeger's servers."""
    if scene.shares_host:
        return
    for one in scene.listening:
        needed = one.path[0] == "receivers" or one.component == "jaeger" or one.path[-1] == "port"
        if one.host in LOOPBACK and needed:
            yield Breach(
                f"{one.component}: {one.what} listens only on {one.host}",
                f"0.0.0.0:{one.port}",
                (one.layered, one.path),
            )


CHECKS = (
    host_ports_are_unique, listeners_are_unique, published_ports_are_open, the_world_is_kept_out,
    containers_listen_outside,
)  # fmt: skip
