"""A deployment: the spec with every decision taken, for one target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from generator.deployment.layout import Layout
from generator.deployment.memory import GoMemory
from generator.deployment.network import Network
from generator.deployment.target import Target
from generator.spec.quantities import Duration, Size


@dataclass(frozen=True, slots=True)
class ExporterQueue:
    """An exporter's queue, counted in spans.

    Attributes:
        consumers: requests under way at once; with `wait_for_result` downstream each is held until written.
        size: spans it holds; in memory it counts the spans under way too, so at least what the consumers take.
        sizer: what a batch is counted in: `items`, which are spans, or `bytes`.
        min_batch: a batch leaves when it has this many.
        max_batch: a batch is split above this. Counted in bytes, a span that is larger alone is dropped.
        flush: how long a span waits for company.
        timeout: of one request; above the time in flight, which is the spans under way / spans per second.
    """

    consumers: int
    size: int
    sizer: str
    min_batch: int
    max_batch: int
    flush: Duration
    timeout: Duration


@dataclass(frozen=True, slots=True)
class CollectorPlan:
    """The collector's decisions."""

    version: str
    memory: GoMemory
    queue: ExporterQueue
    persistent: bool
    queue_file: Size


@dataclass(frozen=True, slots=True)
class JaegerPlan:
    """Jaeger's decisions."""

    version: str
    memory: GoMemory
    queue: ExporterQueue
    base_path: str
    ui_assets: str | None
    held_traces: int


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


@dataclass(frozen=True, slots=True)
class RedisPlan:
    """Redis's decisions."""

    version: str
    memory: Size


@dataclass(frozen=True, slots=True)
class PostgresPlan:
    """PostgreSQL's decisions."""

    version: str
    memory: Size


@dataclass(frozen=True, slots=True)
class TracingPlan:
    """What every service is told about tracing."""

    propagation: str
    export_delay: Duration
    export_timeout: Duration
    queue_spans: int


@dataclass(frozen=True, slots=True)
class Deployment:
    """Everything that rendering needs to know."""

    name: str
    target: Target
    network: Network
    layout: Layout
    tracing: TracingPlan
    collector: CollectorPlan
    jaeger: JaegerPlan
    storage: StoragePlan
    redis: RedisPlan
    postgres: PostgresPlan
