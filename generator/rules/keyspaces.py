"""The keyspace, its datacenters and its copies: what schema, Jaeger and nodes must agree on."""

from __future__ import annotations

from collections.abc import Iterator

from findings.rule import Severity
from generator.rules.check import Hit, rule
from generator.rules.scene import Container, Scene
from generator.rules.text import mapping
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
    for container, own in _nodes(scene):
        if own not in replication:
            found = f"the node of {container.name} calls its datacenter {own}, copies go to {', '.join(replication)}"
            yield Hit(found, f"{{{own}: 1}}", (scene.compose, container.path("image")), key)
        missing = [name for name in replication if name != own]
        if own in replication and missing:
            found = f"copies in {', '.join(missing)}, where this deployment runs no node"
            yield Hit(found, f"{{{own}: 1}}", scene.schema_text.line_of("replication"), key)


def _nodes(scene: Scene) -> Iterator[tuple[Container, str]]:
    """The database nodes of this deployment, and what each calls its datacenter."""
    for container in scene.containers.values():
        if container.name == "scylla":
            yield container, next(iter(container.options("--dc")), "datacenter1")
        elif container.name == "cassandra":
            yield container, container.environment.get("CASSANDRA_DC", "datacenter1")


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
    for container, own in _nodes(scene):
        replicas = whole(container.get("deploy", "replicas")) or 1
        nodes[own] = nodes.get(own, 0) + replicas
    for datacenter, running in nodes.items():
        copies = scene.schema.replication.get(datacenter, 0)
        if copies > running:
            found = f"{copies} copies in {datacenter}, and {running} node{'s' if running > 1 else ''}"
            key = f"storage.replication.{datacenter}"
            yield Hit(found, f"at most {running}", scene.schema_text.line_of("replication"), key)


CHECKS = (
    keyspace_agrees,
    datacenter_agrees,
    copies_have_nodes,
)
