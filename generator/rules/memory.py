"""Memory: limits that follow from each other, and what must fit into them."""

from __future__ import annotations

from collections.abc import Iterator

from findings.rule import Severity
from generator.deployment.memory import HELD_SPAN_BYTES
from generator.rules.check import Hit, rule
from generator.rules.pipelines import pipelines, to_jaeger, type_of
from generator.rules.scene import Scene
from generator.rules.text import dig, mapping
from generator.rules.units import mib, size, whole

# A span in a Python SDK's queue with a dozen attributes, and an idle service; measured with tracemalloc and RSS.
PYTHON_SPAN_BYTES = 4096
_PYTHON_IDLE = 90 << 20
_LIMITER = "memory_limiter"


@rule(
    "KIT040",
    "a Go program's own limit lies below its container's",
    Severity.ERROR,
    reason="The kernel kills the process before its garbage collector works harder: spans in memory are lost.",
    source="go.dev, runtime, GOMEMLIMIT; memory_limiter README: 80 % of the limit",
    fix="GOMEMLIMIT at 80 % of the container's limit; collector.memory and jaeger.memory set both",
    bad="""
    # compose.override.yaml
    services:
      jaeger:
        mem_limit: 256m
    """,
    good="""
    # compose.override.yaml
    services:
      jaeger:
        mem_limit: 1g
    """,
)
def go_limit_is_lower(scene: Scene) -> Iterator[Hit]:
    """Compare GOMEMLIMIT with the container's limit, wherever it is set."""
    for container in scene.containers.values():
        soft = size(container.environment.get("GOMEMLIMIT"))
        path, said = container.limit
        limit = size(said)
        if soft and limit and soft >= limit:
            yield Hit(
                f"{container.name}: GOMEMLIMIT is {mib(soft)} and the container's limit {mib(limit)}",
                f"GOMEMLIMIT {limit * 80 // 100 >> 20}MiB, or a limit of {(soft * 100 // 80 >> 20) + 1}m",
                (scene.compose, path),
                f"{container.name}.memory",
                also=(scene.compose, container.path("environment", "GOMEMLIMIT")),
            )


@rule(
    "KIT041",
    "the memory limiter refuses before the process runs out",
    Severity.ERROR,
    reason="The limiter's refusal is what tells senders to wait; above GOMEMLIMIT it comes after the collector already "
    "spends its time on garbage collection, above the container's limit never.",
    source="memory_limiter README; open-telemetry/opentelemetry-collector #4981",
    fix="limit_mib at 75 % of the container's limit, spike_limit_mib at 20 % of it; collector.memory sets them",
    bad="""
    # overrides/collector.yaml
    processors:
      memory_limiter:
        limit_mib: 600
    """,
    good="""
    # overrides/collector.yaml
    processors:
      memory_limiter:
        limit_mib: 300
    """,
)
def limiter_is_lower(scene: Scene) -> Iterator[Hit]:
    """Compare the limiter with GOMEMLIMIT, the container's limit and its own spike."""
    container = scene.container("collector")
    limit, soft = size(container.limit[1]), size(container.environment.get("GOMEMLIMIT"))
    for id_, settings in mapping(scene.collector.get("processors")).items():
        if type_of(id_) != _LIMITER:
            continue
        path = ("processors", id_, "limit_mib")
        hard, spike = whole(dig(settings, "limit_mib")), whole(dig(settings, "spike_limit_mib"))
        for name, bound in (("the container's limit", limit), ("GOMEMLIMIT", soft)):
            if hard and bound and hard << 20 >= bound:
                yield Hit(
                    f"limit_mib: {hard}, and {name} is {mib(bound)}",
                    f"at most {(limit or bound) * 75 // 100 >> 20}",
                    (scene.collector, path),
                    "collector.memory",
                    also=(scene.compose, container.limit[0]),
                )
                break
        if hard and spike and spike >= hard:
            yield Hit(
                f"spike_limit_mib: {spike}, and limit_mib is {hard}",
                f"{hard // 5}",
                (scene.collector, ("processors", id_, "spike_limit_mib")),
                "collector.memory",
            )
        if not hard and dig(settings, "limit_percentage") and not limit and scene.containers:
            yield Hit(
                "limit_percentage without a container limit: it is taken of all the machine's memory",
                "limit_mib, or mem_limit for the container",
                (scene.collector, ("processors", id_, "limit_percentage")),
            )


@rule(
    "KIT042",
    "a pipeline that takes spans from outside begins with the memory limiter",
    Severity.WARNING,
    reason="Without it a burst is taken in until the kernel kills the collector; behind another processor it refuses "
    "what that one has already worked on.",
    source="memory_limiter README: first processor of every pipeline",
    fix="put memory_limiter first; a list in an override replaces the rendered one, so repeat what it had",
    bad="""
    # overrides/collector.yaml
    service:
      pipelines:
        traces:
          processors: [transform/names, memory_limiter]
    """,
    good="""
    # overrides/collector.yaml
    service:
      pipelines:
        traces:
          processors: [memory_limiter, transform/names]
    """,
)
def limiter_comes_first(scene: Scene) -> Iterator[Hit]:
    """Look at the processors behind each OTLP receiver."""
    receivers = set(mapping(scene.collector.get("receivers")))
    for pipeline in pipelines(scene.collector):
        if not receivers.intersection(pipeline.receivers):
            continue
        if not pipeline.processors or type_of(pipeline.processors[0]) != _LIMITER:
            begins = pipeline.processors[0] if pipeline.processors else "no processor"
            yield Hit(
                f"pipeline {pipeline.name} begins with {begins}",
                f"[{_LIMITER}, …]",
                (scene.collector, pipeline.path("processors")),
            )


@rule(
    "KIT043",
    "what a program takes for itself fits into its container",
    Severity.ERROR,
    reason="The kernel kills it, again and again, as soon as it uses what it was told it may use.",
    source="ScyllaDB docker-hub.md (`--memory`), cassandra image (MAX_HEAP_SIZE), redis.conf (`maxmemory`)",
    fix="leave a quarter of the limit for what lies outside: storage.memory and redis.memory set both",
    bad="""
    # compose.override.yaml
    services:
      scylla:
        mem_limit: 1g
    """,
    good="""
    # compose.override.yaml
    services:
      scylla:
        mem_limit: 2g
    """,
)
def heaps_fit(scene: Scene) -> Iterator[Hit]:
    """Compare each program's own memory setting with its container's limit."""
    keys = {"scylla": "storage.memory", "cassandra": "storage.memory", "redis": "redis.memory"}
    for container in scene.containers.values():
        path, said = container.limit
        limit = size(said)
        told = [
            ("--memory", container.options("--memory")),
            ("--maxmemory", container.options("--maxmemory")),
        ]
        told.append(("MAX_HEAP_SIZE", [container.environment.get("MAX_HEAP_SIZE", "")]))
        for name, values in told:
            for own in (size(value) for value in values):
                if own and limit and own >= limit:
                    yield Hit(
                        f"{container.name}: {name} is {mib(own)} and the container's limit {mib(limit)}",
                        f"a limit of at least {(own * 4 // 3 >> 20)}m",
                        (scene.compose, path),
                        keys.get(container.name, ""),
                        also=(scene.compose, container.path("command")),
                    )


@rule(
    "KIT044",
    "every container has a memory limit",
    Severity.WARNING,
    reason="One that grows takes the memory of all others: the kernel picks a victim, often the database.",
    source="docs.docker.com, Resource constraints; checkov CKV_DOCKER and the Compose specification, `mem_limit`",
    fix="mem_limit: 256m, or what it needs",
    bad="""
    # compose.override.yaml
    services:
      adminer:
        image: adminer:5.4.0
    """,
    good="""
    # compose.override.yaml
    services:
      adminer:
        image: adminer:5.4.0
        mem_limit: 128m
    """,
)
def containers_are_limited(scene: Scene) -> Iterator[Hit]:
    """Look for a limit, in either form."""
    for container in scene.containers.values():
        path, limit = container.limit
        if not size(limit):
            yield Hit(f"{container.name} has no memory limit", "mem_limit", (scene.compose, path))


@rule(
    "KIT045",
    "a queue in memory fits there",
    Severity.WARNING,
    reason="During an outage the queue grows until the limiter refuses or the kernel kills; what it held is lost.",
    source="measured: a span of a dozen attributes takes 4 KiB in a Go heap; Jaeger with 20,000 of them 190 MiB",
    fix="collector.queue.persistent: true keeps it on disk; else more memory, or a smaller queue",
    bad="collector: {memory: 128MiB, queue: {persistent: false}}",
    good="collector: {memory: 1GiB, queue: {persistent: false}}",
)
def queues_in_memory_fit(scene: Scene) -> Iterator[Hit]:
    """Compare the queues of collector and Jaeger, at 4 KiB a span, with the memory they have."""
    hard = whole(scene.collector.get("processors", _LIMITER, "limit_mib"))
    for exporter in to_jaeger(scene):
        queue = mapping(exporter.get("sending_queue"))
        held = _held(queue)
        if hard and held and not queue.get("storage") and held > hard << 20:
            yield Hit(
                f"the collector's queue may hold {mib(held)}, its limiter refuses above {hard} MiB",
                f"collector.memory of {(held >> 20) * 4 // 3}MiB, or a persistent queue",
                (scene.collector, exporter.path("sending_queue", "queue_size")),
                "collector.queue.persistent",
            )
    jaeger = scene.container("jaeger")
    soft = size(jaeger.environment.get("GOMEMLIMIT"))
    path = ("exporters", "jaeger_storage_exporter", "queue")
    held = _held(mapping(scene.jaeger.get(*path)))
    if soft and held and held > soft:
        yield Hit(
            f"Jaeger's queue may hold {mib(held)}, its GOMEMLIMIT is {mib(soft)}",
            f"at most {soft // HELD_SPAN_BYTES} spans",
            (scene.jaeger, (*path, "queue_size")),
            "jaeger.memory",
        )


def _held(queue: object) -> int:
    """Bytes that a queue may hold; 0 where its unit is requests, which may be of any size."""
    count, sizer = whole(dig(queue, "queue_size")) or 0, dig(queue, "sizer")
    return count * HELD_SPAN_BYTES if sizer == "items" else count if sizer == "bytes" else 0


@rule(
    "KIT046",
    "a service's span queue fits into its memory",
    Severity.WARNING,
    reason="While the collector is away the SDK keeps spans up to this number: the service is killed, not only its "
    "traces lost.",
    source="measured: an ended span with a dozen attributes takes 3 to 4 KiB in the Python SDK",
    fix="a smaller tracing.queue, or more memory for the service",
    bad="tracing: {queue: 200000}",
    good="tracing: {queue: 10000}",
)
def span_queues_fit(scene: Scene) -> Iterator[Hit]:
    """Compare OTEL_BSP_MAX_QUEUE_SIZE at 4 KiB a span with the limit, less what an idle service takes."""
    name = "OTEL_BSP_MAX_QUEUE_SIZE"
    for container in scene.containers.values():
        spans, limit = whole(container.environment.get(name)), size(container.limit[1])
        if spans and limit and spans * PYTHON_SPAN_BYTES > max(limit - _PYTHON_IDLE, limit // 4):
            fits = max(limit - _PYTHON_IDLE, limit // 4) // PYTHON_SPAN_BYTES
            yield Hit(
                f"{container.name}: {spans} spans may take {mib(spans * PYTHON_SPAN_BYTES)} of its {mib(limit)}",
                f"at most {fits}",
                (scene.compose, container.path("environment", name)),
                "tracing.queue",
                also=(scene.compose, container.limit[0]),
            )


@rule(
    "KIT047",
    "a container's limit is above what its program takes when idle",
    Severity.ERROR,
    reason="The kernel kills it before it has done anything, and `restart` starts it again, for ever.",
    source="measured: resident memory of each program of the kit, started and idle",
    fix="a higher limit; the sections of kit.yaml set those of the rendered services",
    bad="""
    # compose.override.yaml
    services:
      postgres:
        mem_limit: 32m
    """,
    good="""
    # compose.override.yaml
    services:
      postgres:
        mem_limit: 96m
    """,
)
def idle_programs_fit(scene: Scene) -> Iterator[Hit]:
    """Compare the limits with what was measured."""
    for workload in scene.workloads.values() if scene.containers else ():
        container = scene.container(workload.name)
        path, said = container.limit
        limit = size(said)
        # A database is given all of its limit: its own setting is compared, not what it takes of it.
        if limit and limit < workload.resident << 20 and workload.resident < workload.memory.mib:
            yield Hit(
                f"{workload.name} takes {workload.resident} MiB when idle, its limit is {mib(limit)}",
                f"at least {workload.resident * 3 // 2}m",
                (scene.compose, path),
            )


CHECKS = (
    go_limit_is_lower, limiter_is_lower, limiter_comes_first, heaps_fit, containers_are_limited,
    queues_in_memory_fit, span_queues_fit, idle_programs_fit,
)  # fmt: skip
