"""The storage's plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from generator.components.scylla.tables import TABLES
from generator.deployment.retention import compaction_window, name_cache
from generator.deployment.target import Target
from generator.spec.model import Spec
from generator.spec.quantities import Duration, Size

_VERSIONS = {"scylla": "2026.1.11", "cassandra": "5.0.9", "badger": "", "memory": ""}


@dataclass(frozen=True, slots=True)
class StoragePlan:
    """The storage's decisions.

    Attributes:
        engine: scylla, cassandra, badger or memory.
        windows: the compaction window by table, in minutes.
        ttls: seconds a row lives, by table.
    """

    engine: str
    version: str
    memory: Size
    heap: Size
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
        """Whether it is a database of its own, with a schema."""
        return self.engine in ("scylla", "cassandra")


def plan_storage(spec: Spec, target: Target) -> StoragePlan:
    """Decide for the storage."""
    wish = spec.storage
    embedded = wish.engine in ("badger", "memory")
    engine = wish.engine if target is Target.COMPOSE or embedded else spec.native.storage
    version = wish.version if engine == wish.engine else None
    datacenter = next(iter(wish.replication))
    return StoragePlan(
        engine=engine,
        version=version or _VERSIONS[engine],
        memory=wish.memory,
        heap=spec.native.heap,
        keyspace=wish.keyspace or "jaeger_" + spec.name.replace("-", "_"),
        datacenter=datacenter,
        # One native node can hold one copy only.
        replication=dict(wish.replication) if target is Target.COMPOSE else {datacenter: 1},
        consistency="LOCAL_ONE",
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
