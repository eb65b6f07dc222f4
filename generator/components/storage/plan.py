"""The storage's plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from generator.components.storage.relations import port_of
from generator.components.storage.retention import compaction_window, name_cache
from generator.components.storage.spec import STORAGE, CredentialsSpec, StorageTLSSpec
from generator.components.storage.tables import TABLES
from generator.deployment.platform import Platform
from generator.spec.model import Spec
from generator.spec.quantities import Duration, Size
from generator.spec.sections.native import NATIVE

_DEFAULT_CONNECTIONS = 2
_VERSIONS = {"scylla": "2026.1.11", "cassandra": "5.0.9", "badger": "", "memory": ""}


@dataclass(frozen=True, slots=True)
class StoragePlan:
    """The decisions for the storage.

    Attributes:
        engine: `scylla`, `cassandra`, `badger` or `memory`.
        developer_mode: Whether ScyllaDB skips its checks of disk and file system.
        version_check: Whether ScyllaDB asks its maker for newer versions.
        contact_points: `host:port` of each node of an existing cluster; empty if the kit runs a node.
        credentials: Role and password for the existing cluster.
        tls: TLS to the existing cluster; None: no TLS.
        cpus: ScyllaDB's shards on each node.
        connections: Jaeger's connections to each node; None: Jaeger's default.
        windows: Compaction window by table, in minutes.
        ttls: Time to live of rows by table, in seconds.
    """

    engine: str
    version: str
    memory: Size
    heap: Size
    cpus: int
    connections: int | None
    developer_mode: bool
    version_check: bool
    contact_points: tuple[str, ...]
    credentials: CredentialsSpec | None
    tls: StorageTLSSpec | None
    keyspace: str
    datacenter: str
    replication: Mapping[str, int]
    consistency: str
    retention: Duration
    windows: Mapping[str, int]
    ttls: Mapping[str, int]
    name_cache: Duration
    indexed_tags: tuple[str, ...]

    @property
    def speaks_cql(self) -> bool:
        """Whether it is a database with a schema."""
        return self.engine in ("scylla", "cassandra")

    @property
    def runs_node(self) -> bool:
        """Whether the deployment runs a node of the database."""
        return self.speaks_cql and not self.contact_points


def plan_storage(spec: Spec, platform: Platform) -> StoragePlan:
    """Return the plan for the storage."""
    wish = spec[STORAGE]
    engine = _engine(spec, platform)
    cluster = wish.contact_points if engine == wish.engine else ()
    # Without images the version is fixed: the one in the package registries.
    version = wish.version if platform.has_images or cluster else None
    datacenter = wish.datacenter or next(iter(wish.replication))
    return StoragePlan(
        engine=engine,
        version=version or _VERSIONS[engine],
        memory=wish.memory,
        heap=spec[NATIVE].heap,
        cpus=wish.cpus,
        connections=connections(wish.cpus) if engine == "scylla" else None,
        developer_mode=wish.developer_mode,
        version_check=wish.version_check,
        contact_points=tuple(with_port(point) for point in cluster),
        credentials=wish.credentials if cluster else None,
        tls=wish.tls if cluster else None,
        keyspace=wish.keyspace or "jaeger_" + spec.name.replace("-", "_"),
        datacenter=datacenter,
        # The stand-in is a single node, so it holds one copy.
        replication=dict(wish.replication) if not platform.stand_in or cluster else {datacenter: 1},
        consistency=wish.consistency,
        retention=wish.retention,
        windows={
            table.name: compaction_window(wish.retention).milliseconds // 60_000
            for table in TABLES
            if table.windowed
        },
        ttls={table.name: table.ttl(wish.retention).seconds for table in TABLES},
        name_cache=name_cache(wish.retention),
        indexed_tags=wish.indexed_tags,
    )


def connections(shards: int) -> int | None:
    """Return Jaeger's connections to each node: at least one per shard; None: Jaeger's default, 2.

    A ScyllaDB shard serves only the connections that it accepted, so with fewer connections than shards some shards
    serve none (ScyllaDB's documentation, "connections per shard"). On Cassandra more than 2 were slower.
    """
    return shards if shards > _DEFAULT_CONNECTIONS else None


def with_port(point: str) -> str:
    """Return a contact point as `host:port`, since Jaeger refuses a host name without a port."""
    return point if point.endswith(f":{port_of(point)}") else f"{point}:{port_of(point)}"


def _engine(spec: Spec, platform: Platform) -> str:
    wish = spec[STORAGE]
    if not platform.stand_in or wish.engine in ("badger", "memory"):
        return wish.engine
    # An existing cluster needs no stand-in, unless native.storage asks for one without a database.
    cluster = wish.contact_points and platform.stand_in == "cassandra"
    return wish.engine if cluster else platform.stand_in
