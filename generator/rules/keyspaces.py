"""Keyspace, datacenters and replicas: values that schema, Jaeger and nodes must agree on."""

from __future__ import annotations

from collections.abc import Iterator

from generator.components.cassandra.component import CONFIG as NATIVE_CASSANDRA
from generator.components.cassandra.component import RACK as NATIVE_RACK
from generator.rules.check import Breach, rule
from generator.rules.containers import At
from generator.rules.scene import Scene
from generator.rules.text import dig, mapping, words


@rule("KIT013")
def keyspace_agrees(scene: Scene) -> Iterator[Breach]:
    """Compare the schema's keyspace with Jaeger's and with those of the tables."""
    path, kind, settings = scene.backend
    made = scene.schema.keyspace
    named = mapping(settings.get("schema")).get("keyspace")
    if kind != "cassandra" or not scene.schema_text.text:
        return
    if named != made:
        yield Breach(
            f"Jaeger uses the keyspace {named}, the schema creates {made or 'none'}",
            "the same keyspace",
            (scene.jaeger, (*path, "schema", "keyspace")),
            "storage.keyspace",
            also=scene.schema_text.line_of(made),
        )
    strays = sorted({t.keyspace for t in scene.schema.tables.values()} - {made})
    if strays:
        at = scene.schema_text.line_of(f"{strays[0]}.")
        yield Breach(
            f"a table in the keyspace {strays[0]}, which is not created", made, at, "storage.keyspace"
        )


@rule("KIT014")
def datacenter_agrees(scene: Scene) -> Iterator[Breach]:
    """Compare the datacenter in schema, Jaeger's config, the schema step and the node."""
    path, kind, settings = scene.backend
    replication = scene.schema.replication
    if kind != "cassandra" or not replication:
        return
    key = "storage.replication"
    local = mapping(settings.get("connection")).get("local_dc")
    if local not in replication:
        found = f"Jaeger's datacenter is {local}, the schema replicates to {', '.join(replication)}"
        yield Breach(
            found, "a datacenter with replicas", (scene.jaeger, (*path, "connection", "local_dc")), key
        )
    for container in scene.containers.values():
        for told in container.options("--datacenter"):
            if told not in replication:
                copies = ", ".join(replication)
                found = f"{container.name} connects to datacenter {told}, the schema replicates to {copies}"
                yield Breach(found, "the same datacenter", container.at("command"), key)
    for name, own, _, at in _nodes(scene):
        if own not in replication:
            found = f"the datacenter of the {name} node is {own}, replicas go to {', '.join(replication)}"
            yield Breach(found, f"{{{own}: 1}}", at, key)
        missing = [other for other in replication if other != own]
        if own in replication and missing:
            found = f"replicas in {', '.join(missing)}, where this deployment runs no node"
            yield Breach(found, f"{{{own}: 1}}", scene.schema_text.line_of("replication"), key)


def _nodes(scene: Scene) -> Iterator[tuple[str, str, int, At]]:
    """Yield name, datacenter, number of nodes and place of the datacenter for each database of this deployment."""
    for container in scene.containers.values():
        if container.name == "scylla":
            own = next(iter(container.options("--dc")), "datacenter1")
            yield container.name, own, container.replicas, container.at("image")
        elif container.name == "cassandra":
            own = container.environment.get("CASSANDRA_DC", "datacenter1")
            yield container.name, own, container.replicas, container.at("environment", "CASSANDRA_DC")
    rack = scene.text(NATIVE_RACK)
    if rack.text:
        own = next((line[3:].strip() for line in rack.text.splitlines() if line.startswith("dc=")), "")
        yield "cassandra", own, 1, rack.line_of("dc=")


@rule("KIT015")
def copies_have_nodes(scene: Scene) -> Iterator[Breach]:
    """Compare the number of replicas in a datacenter with the number of its nodes."""
    nodes: dict[str, int] = {}
    for _, own, count, _ in _nodes(scene):
        nodes[own] = nodes.get(own, 0) + count
    for datacenter, running in nodes.items():
        copies = scene.schema.replication.get(datacenter, 0)
        if copies > running:
            found = f"{copies} replicas in {datacenter}, but {running} node{'s' if running > 1 else ''}"
            key = f"storage.replication.{datacenter}"
            yield Breach(found, f"at most {running}", scene.schema_text.line_of("replication"), key)


@rule("KIT037")
def database_is_one(scene: Scene) -> Iterator[Breach]:
    """Compare Jaeger's servers with the schema step's contact points; natively with the node's config."""
    path, kind, settings = scene.backend
    if kind != "cassandra":
        return
    servers = words(dig(settings, "connection", "servers"))
    at = (scene.jaeger, (*path, "connection", "servers"))
    for server in servers:
        if ":" not in server and "." not in server:
            yield Breach(f"{server}, a host name without a port", f"{server}:9042", at)
            return
    for name, points, place in _prepared(scene):
        if points and servers and not {_whole(p) for p in points} & {_whole(s) for s in servers}:
            found = f"Jaeger uses {', '.join(servers)}, {name} uses {', '.join(points)}"
            yield Breach(found, "the same address", at, also=place)


def _prepared(scene: Scene) -> Iterator[tuple[str, list[str], At]]:
    for container in scene.containers.values():
        yield container.name, container.options("--contact-point"), container.at("command")
    node = scene.text(NATIVE_CASSANDRA)
    if node.text:
        address = f"{dig(node.data, 'rpc_address')}:{dig(node.data, 'native_transport_port')}"
        yield "the node", [address], node.line_of("native_transport_port")


def _whole(address: str) -> str:
    return address if ":" in address else f"{address}:9042"


CHECKS = (keyspace_agrees, datacenter_agrees, copies_have_nodes, database_is_one)
