"""The keyspace, its datacenters and its copies: what schema, Jaeger and nodes must agree on."""

from __future__ import annotations

from collections.abc import Iterator

from findings.finding import Place
from findings.rule import Severity
from generator.components.cassandra import CONFIG as NATIVE_CASSANDRA
from generator.components.cassandra import RACK as NATIVE_RACK
from generator.rules.check import Hit, rule
from generator.rules.scene import Scene
from generator.rules.text import Layered, Path, dig, mapping, words
from generator.rules.units import whole


@rule(
    "KIT013",
    "Jaeger reads and writes the keyspace that the schema makes",
    Severity.ERROR,
    reason="Jaeger does not start: `no connections were made when creating the session`.",
    source="measured with Jaeger 2.13; the defaults differ: jaeger_dc1 in Jaeger's `schema.go`, jaeger_v1_dc1 in its "
    "schema image",
    fix="say it once, as storage.keyspace, and render again: kit generate",
    bad="""
    # jaeger/config.yaml, edited by hand
    -keyspace: jaeger_shop
    +keyspace: jaeger_v1_dc1
    """,
    good="storage: {keyspace: traces_of_shop}",
)
def keyspace_agrees(scene: Scene) -> Iterator[Hit]:
    """Compare Jaeger's keyspace with the schema's, and the tables' with it."""
    path, kind, settings = scene.backend
    made = scene.schema.keyspace
    named = mapping(settings.get("schema")).get("keyspace")
    if kind != "cassandra" or not scene.schema_text.text:
        return
    if named != made:
        yield Hit(
            f"Jaeger uses the keyspace {named}, the schema makes {made or 'none'}",
            "one keyspace",
            (scene.jaeger, (*path, "schema", "keyspace")),
            "storage.keyspace",
            also=scene.schema_text.line_of(made),
        )
    strays = sorted({t.keyspace for t in scene.schema.tables.values()} - {made})
    if strays:
        at = scene.schema_text.line_of(f"{strays[0]}.")
        yield Hit(f"a table in the keyspace {strays[0]}, which is not made", made, at, "storage.keyspace")


@rule(
    "KIT014",
    "the schema, Jaeger and the node name the datacenter alike",
    Severity.ERROR,
    reason="ScyllaDB refuses the keyspace (`Unrecognized strategy option`), or Jaeger finds no node of its datacenter.",
    source="ScyllaDB's image calls itself datacenter1 (SimpleSnitch), Jaeger's default is dc1; from 5.4 on ScyllaDB "
    "refuses names it does not know",
    fix="a node that the kit runs: storage.replication: {datacenter1: 1}, or leave it out; an existing cluster: the "
    "name that `SELECT data_center FROM system.local` gives",
    bad="storage: {replication: {dc1: 1}}",
    good="storage: {engine: cassandra, replication: {dc1: 1}}",
)
def datacenter_agrees(scene: Scene) -> Iterator[Hit]:
    """Compare the datacenter in schema, Jaeger's config, the schema step and the node."""
    path, kind, settings = scene.backend
    replication = scene.schema.replication
    if kind != "cassandra" or not replication:
        return
    key = "storage.replication"
    local = mapping(settings.get("connection")).get("local_dc")
    if local not in replication:
        found = f"Jaeger's datacenter is {local}, the schema replicates to {', '.join(replication)}"
        yield Hit(found, "a datacenter with copies", (scene.jaeger, (*path, "connection", "local_dc")), key)
    for container in scene.containers.values():
        for told in container.options("--datacenter"):
            if told not in replication:
                copies = ", ".join(replication)
                found = f"{container.name} connects to datacenter {told}, the schema replicates to {copies}"
                yield Hit(found, "the same", (scene.compose, container.path("command")), key)
    for name, own, _, at in _nodes(scene):
        if own not in replication:
            found = f"the node of {name} calls its datacenter {own}, copies go to {', '.join(replication)}"
            yield Hit(found, f"{{{own}: 1}}", at, key)
        missing = [other for other in replication if other != own]
        if own in replication and missing:
            found = f"copies in {', '.join(missing)}, where this deployment runs no node"
            yield Hit(found, f"{{{own}: 1}}", scene.schema_text.line_of("replication"), key)


def _nodes(scene: Scene) -> Iterator[tuple[str, str, int, tuple[Layered, Path] | Place]]:
    """The database nodes of this deployment: name, what each calls its datacenter, how many, where it says so."""
    for container in scene.containers.values():
        count = whole(container.get("deploy", "replicas")) or 1
        if container.name == "scylla":
            own = next(iter(container.options("--dc")), "datacenter1")
            yield container.name, own, count, (scene.compose, container.path("image"))
        elif container.name == "cassandra":
            own = container.environment.get("CASSANDRA_DC", "datacenter1")
            yield container.name, own, count, (scene.compose, container.path("environment", "CASSANDRA_DC"))
    rack = scene.text(NATIVE_RACK)
    if rack.text:
        own = next((line[3:].strip() for line in rack.text.splitlines() if line.startswith("dc=")), "")
        yield "cassandra", own, 1, rack.line_of("dc=")


@rule(
    "KIT015",
    "there are as many nodes as copies",
    Severity.ERROR,
    reason="A keyspace on tablets is refused; elsewhere every write and read at QUORUM fails: "
    "`Cannot achieve consistency level`.",
    source="jaegertracing/jaeger #513 and #5458, jaegertracing/helm-charts #131",
    fix="one copy on the one node that the kit runs; more copies need an existing cluster",
    bad="storage: {replication: {datacenter1: 3}}",
    good="storage: {replication: {datacenter1: 1}}",
)
def copies_have_nodes(scene: Scene) -> Iterator[Hit]:
    """Compare the copies in a datacenter with the nodes that run in it."""
    nodes: dict[str, int] = {}
    for _, own, count, _ in _nodes(scene):
        nodes[own] = nodes.get(own, 0) + count
    for datacenter, running in nodes.items():
        copies = scene.schema.replication.get(datacenter, 0)
        if copies > running:
            found = f"{copies} copies in {datacenter}, and {running} node{'s' if running > 1 else ''}"
            key = f"storage.replication.{datacenter}"
            yield Hit(found, f"at most {running}", scene.schema_text.line_of("replication"), key)


@rule(
    "KIT037",
    "Jaeger and the schema step go to one database, by host and port",
    Severity.ERROR,
    reason="Jaeger does not start, or reads another database than the one that was prepared; a host name without dot "
    "and port it refuses: `is not a valid url`.",
    source="Jaeger, internal/storage/cassandra/config: each of `servers` must pass govalidator's `url`",
    fix="host:port, the same in both",
    bad="""
    # jaeger/config.yaml, edited by hand
    -servers: ["scylla:9042"]
    +servers: ["scylla"]
    """,
    good="storage: {engine: cassandra}",
)
def database_is_one(scene: Scene) -> Iterator[Hit]:
    """Compare Jaeger's servers with the schema step's contact points, natively with the node's own config."""
    path, kind, settings = scene.backend
    if kind != "cassandra":
        return
    servers = words(dig(settings, "connection", "servers"))
    at = (scene.jaeger, (*path, "connection", "servers"))
    for server in servers:
        if ":" not in server and "." not in server:
            yield Hit(f"{server}, a host name without a port", f"{server}:9042", at)
            return
    for name, points, place in _prepared(scene):
        if points and servers and not {_whole(p) for p in points} & {_whole(s) for s in servers}:
            found = f"Jaeger goes to {', '.join(servers)}, {name} to {', '.join(points)}"
            yield Hit(found, "one address", at, also=place)


def _prepared(scene: Scene) -> Iterator[tuple[str, list[str], tuple[Layered, Path] | Place]]:
    for container in scene.containers.values():
        yield container.name, container.options("--contact-point"), (scene.compose, container.path("command"))
    node = scene.text(NATIVE_CASSANDRA)
    if node.text:
        address = f"{dig(node.data, 'rpc_address')}:{dig(node.data, 'native_transport_port')}"
        yield "the node", [address], node.line_of("native_transport_port")


def _whole(address: str) -> str:
    return address if ":" in address else f"{address}:9042"


@rule(
    "KIT038",
    "the storage that Jaeger is told to use is one that it defines",
    Severity.ERROR,
    reason="Jaeger does not start: `cannot find definition of trace storage`.",
    source="Jaeger's jaegerstorage extension; measured with Jaeger 2.13",
    fix="one name in jaeger_storage.backends, jaeger_query.storage.traces and trace_storage",
    bad="""
    # jaeger/config.yaml, edited by hand
    -traces: scylla
    +traces: some_storage
    """,
    good="storage: {engine: memory}",
)
def storage_is_defined(scene: Scene) -> Iterator[Hit]:
    """Compare both uses of a storage's name with the definitions."""
    defined = mapping(scene.jaeger.get("extensions", "jaeger_storage", "backends"))
    uses: tuple[Path, ...] = (
        ("exporters", "jaeger_storage_exporter", "trace_storage"),
        ("extensions", "jaeger_query", "storage", "traces"),
    )
    names = {str(scene.jaeger.get(*path)) for path in uses}
    for path in uses:
        name = str(scene.jaeger.get(*path))
        if name not in defined:
            yield Hit(
                f"{name} is not defined", f"one of {', '.join(map(str, defined))}", (scene.jaeger, path)
            )
    if len(names) > 1 and names <= set(map(str, defined)):
        found = (
            f"spans are written to {scene.jaeger.get(*uses[0])} and searched in {scene.jaeger.get(*uses[1])}"
        )
        yield Hit(found, "one storage", (scene.jaeger, uses[1]))


CHECKS = (keyspace_agrees, datacenter_agrees, copies_have_nodes, database_is_one, storage_is_defined)
