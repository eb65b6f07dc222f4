"""Memory: limits that depend on each other, and programs and queues that must fit into them."""

from __future__ import annotations

from collections.abc import Iterator

from generator.deployment.memory import HELD_SPAN_BYTES
from generator.rules.check import Breach, rule
from generator.rules.pipelines import to_jaeger, type_of
from generator.rules.scene import Scene
from generator.rules.text import dig, mapping
from generator.rules.units import mib, size, whole

_LIMITER = "memory_limiter"


@rule("KIT040")
def go_limit_is_lower(scene: Scene) -> Iterator[Breach]:
    """Compare GOMEMLIMIT with the container's limit, in every container that sets it."""
    for container in scene.containers.values():
        soft = size(container.environment.get("GOMEMLIMIT"))
        limit = container.memory
        if soft and limit and soft >= limit:
            yield Breach(
                f"{container.name}: GOMEMLIMIT is {mib(soft)}, the container's limit is {mib(limit)}",
                f"GOMEMLIMIT {limit * 80 // 100 >> 20}MiB, or a limit of {(soft * 100 // 80 >> 20) + 1}m",
                container.at("memory"),
                f"{container.name}.memory",
                also=container.at("environment", "GOMEMLIMIT"),
            )


@rule("KIT041")
def limiter_is_lower(scene: Scene) -> Iterator[Breach]:
    """Compare the limiter's limit with GOMEMLIMIT, the container's limit and its own spike limit."""
    container = scene.container("collector")
    limit, soft = container.memory, size(container.environment.get("GOMEMLIMIT"))
    for id_, settings in mapping(scene.collector.get("processors")).items():
        if type_of(id_) != _LIMITER:
            continue
        path = ("processors", id_, "limit_mib")
        hard, spike = whole(dig(settings, "limit_mib")), whole(dig(settings, "spike_limit_mib"))
        for name, bound in (("the container's limit", limit), ("GOMEMLIMIT", soft)):
            if hard and bound and hard << 20 >= bound:
                yield Breach(
                    f"limit_mib: {hard}, but {name} is {mib(bound)}",
                    f"at most {(limit or bound) * 75 // 100 >> 20}",
                    (scene.collector, path),
                    "collector.memory",
                    also=container.at("memory"),
                )
                break
        if hard and spike and spike >= hard:
            yield Breach(
                f"spike_limit_mib: {spike}, but limit_mib is {hard}",
                f"{hard // 5}",
                (scene.collector, ("processors", id_, "spike_limit_mib")),
                "collector.memory",
            )
        if not hard and dig(settings, "limit_percentage") and not limit and scene.containers:
            yield Breach(
                "limit_percentage without a container limit: a percentage of the machine's whole memory",
                "limit_mib, or mem_limit for the container",
                (scene.collector, ("processors", id_, "limit_percentage")),
            )


@rule("KIT043")
def heaps_fit(scene: Scene) -> Iterator[Breach]:
    """Compare each program's own memory setting with its container's limit."""
    keys = {"scylla": "storage.memory", "cassandra": "storage.memory", "redis": "redis.memory"}
    for container in scene.containers.values():
        limit = container.memory
        told = [
            ("--memory", container.options("--memory")),
            ("--maxmemory", container.options("--maxmemory")),
        ]
        told.append(("MAX_HEAP_SIZE", [container.environment.get("MAX_HEAP_SIZE", "")]))
        for name, values in told:
            for own in (size(value) for value in values):
                if own and limit and own >= limit:
                    yield Breach(
                        f"{container.name}: {name} is {mib(own)}, the container's limit is {mib(limit)}",
                        f"a limit of at least {(own * 4 // 3 >> 20)}m",
                        container.at("memory"),
                        keys.get(container.name, ""),
                        also=container.at("command"),
                    )


@rule("KIT044")
def containers_are_limited(scene: Scene) -> Iterator[Breach]:
    """Find containers without a memory limit."""
    for container in scene.containers.values():
        if not container.memory:
            yield Breach(
                f"{container.name} has no memory limit", container.memory_key, container.at("memory")
            )


@rule("KIT045")
def queues_in_memory_fit(scene: Scene) -> Iterator[Breach]:
    """Compare the queues of the collector and of Jaeger, at 4 KiB per span, with their memory limits."""
    hard = whole(scene.collector.get("processors", _LIMITER, "limit_mib"))
    for exporter in to_jaeger(scene):
        queue = mapping(exporter.get("sending_queue"))
        held = _held(queue)
        if hard and held and not queue.get("storage") and held > hard << 20:
            yield Breach(
                f"the collector's queue can hold {mib(held)}, its limiter refuses above {hard} MiB",
                f"collector.memory of {(held >> 20) * 4 // 3}MiB, or a persistent queue",
                (scene.collector, exporter.path("sending_queue", "queue_size")),
                "collector.queue.persistent",
            )
    jaeger = scene.container("jaeger")
    soft = size(jaeger.environment.get("GOMEMLIMIT"))
    path = ("exporters", "jaeger_storage_exporter", "queue")
    held = _held(mapping(scene.jaeger.get(*path)))
    if soft and held and held > soft:
        yield Breach(
            f"Jaeger's queue can hold {mib(held)}, its GOMEMLIMIT is {mib(soft)}",
            f"at most {soft // HELD_SPAN_BYTES} spans",
            (scene.jaeger, (*path, "queue_size")),
            "jaeger.memory",
        )


def _held(queue: object) -> int:
    """Return the bytes that a queue can hold; 0 if it counts requests, which have any size."""
    count, sizer = whole(dig(queue, "queue_size")) or 0, dig(queue, "sizer")
    return count * HELD_SPAN_BYTES if sizer == "items" else count if sizer == "bytes" else 0


@rule("KIT047")
def idle_programs_fit(scene: Scene) -> Iterator[Breach]:
    """Compare the limits with the measured memory of idle programs."""
    for workload in scene.workloads.values() if scene.containers else ():
        container = scene.container(workload.name)
        limit = container.memory
        # A database fills the limit that it is configured with: KIT043 compares that setting.
        if limit and limit < workload.resident << 20 and workload.resident < workload.memory.mib:
            yield Breach(
                f"{workload.name} needs {workload.resident} MiB when idle, its limit is {mib(limit)}",
                f"at least {workload.resident * 3 // 2}m",
                container.at("memory"),
            )


CHECKS = (
    go_limit_is_lower, limiter_is_lower, heaps_fit, containers_are_limited, queues_in_memory_fit,
    idle_programs_fit,
)  # fmt: skip
