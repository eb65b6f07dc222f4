"""Spec and target ⇒ Deployment. Every decision that is not the user's is taken here."""

from __future__ import annotations

from pathlib import PurePosixPath

from generator.components.jaeger.versions import NATIVE_VERSION as NATIVE_JAEGER
from generator.components.scylla.tables import TABLES
from generator.deployment.layout import Layout
from generator.deployment.memory import LARGEST_REQUEST, GoMemory, held_spans, queued_spans
from generator.deployment.model import (
    CollectorPlan,
    Deployment,
    ExporterQueue,
    JaegerPlan,
    PostgresPlan,
    RedisPlan,
    StoragePlan,
    TracingPlan,
)
from generator.deployment.network import Network
from generator.deployment.retention import compaction_window, name_cache
from generator.deployment.target import Target
from generator.spec.model import Spec
from generator.spec.quantities import Duration

# Long enough for company, short enough that a trace is searchable within a second of its end.
_FLUSH = Duration(50)
_DATABASE_VERSIONS = {"scylla": "2026.1.11", "cassandra": "5.0.9", "badger": "", "memory": ""}
# The collector holds each request until Jaeger has written it; 32 at once reach the in-memory throughput.
_COLLECTOR_CONSUMERS = 32
_JAEGER_CONSUMERS = 100


def resolve(spec: Spec, target: Target, folder: PurePosixPath = PurePosixPath("/")) -> Deployment:
    """Decide everything for one target.

    Args:
        spec: the user's wishes.
        target: where it will run.
        folder: the deployment's folder, absolute; it shows only in native configs.
    """
    return Deployment(
        name=spec.name,
        target=target,
        network=Network(target, spec),
        layout=Layout(target, folder),
        tracing=TracingPlan(
            propagation=spec.tracing.propagation,
            export_delay=spec.tracing.export_delay,
            # The SDK gives a batch up after this long; a collector restarts in less.
            export_timeout=Duration.parse("30s"),
            queue_spans=spec.tracing.queue,
        ),
        collector=_collector(spec),
        jaeger=_jaeger(spec, target),
        storage=_storage(spec, target),
        redis=RedisPlan(spec.redis.version, spec.redis.memory),
        postgres=PostgresPlan(spec.postgres.version, spec.postgres.memory),
    )


def _collector(spec: Spec) -> CollectorPlan:
    memory = GoMemory(spec.collector.memory)
    persistent = spec.collector.queue.persistent
    size = queued_spans(spec.collector.queue.size) if persistent else held_spans(memory.limit)
    queue = ExporterQueue(
        consumers=_COLLECTOR_CONSUMERS,
        size=max(size, _COLLECTOR_CONSUMERS * 512),
        # In bytes: what leaves must fit into one request to Jaeger, however large the spans are.
        sizer="bytes",
        min_batch=128 << 10,
        max_batch=LARGEST_REQUEST.bytes + (1 << 20),
        flush=_FLUSH,
        timeout=Duration.parse("30s"),
    )
    return CollectorPlan(spec.collector.version, memory, queue, persistent, spec.collector.queue.size)


def _jaeger(spec: Spec, target: Target) -> JaegerPlan:
    memory = GoMemory(spec.jaeger.memory)
    queue = ExporterQueue(
        consumers=_JAEGER_CONSUMERS,
        size=max(20_000, _JAEGER_CONSUMERS * 128),
        sizer="items",
        min_batch=64,
        max_batch=128,
        flush=_FLUSH,
        timeout=Duration.parse("10s"),
    )
    return JaegerPlan(
        version=NATIVE_JAEGER if target is Target.NATIVE else spec.jaeger.version,
        memory=memory,
        queue=queue,
        base_path=spec.jaeger.base_path,
        ui_assets=spec.jaeger.ui.assets,
        # In memory a trace of a dozen spans takes about 48 KiB; half of the limit is theirs.
        held_traces=max(1000, memory.limit.share(50).bytes // (12 * 4096)),
    )


def _storage(spec: Spec, target: Target) -> StoragePlan:
    wish = spec.storage
    embedded = wish.engine in ("badger", "memory")
    engine = wish.engine if target is Target.COMPOSE or embedded else spec.native.storage
    version = wish.version if engine == wish.engine else None
    datacenter = next(iter(wish.replication))
    return StoragePlan(
        engine=engine,
        version=version or _DATABASE_VERSIONS[engine],
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
