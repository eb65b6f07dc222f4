"""The way to the storage: nothing is given up, dropped or acknowledged too early."""

from __future__ import annotations

from collections.abc import Iterator

from findings.rule import Severity
from generator.rules.check import Hit, rule
from generator.rules.pipelines import to_jaeger
from generator.rules.scene import Scene
from generator.rules.text import dig, mapping
from generator.rules.units import seconds, whole

_JAEGER_QUEUE = ("exporters", "jaeger_storage_exporter", "queue")


@rule(
    "KIT054",
    "what is safe on disk is tried until it is delivered",
    Severity.WARNING,
    reason="After max_elapsed_time the batch is dropped and deleted, though the disk still had it.",
    source="exporterhelper README: 300s by default; the persistent queue deletes what was given up",
    fix="max_elapsed_time: 0s",
    bad="""
    # overrides/collector.yaml
    exporters:
      otlp_http/jaeger:
        retry_on_failure:
          max_elapsed_time: 300s
    """,
    good="""
    # overrides/collector.yaml
    exporters:
      otlp_http/jaeger:
        retry_on_failure:
          max_elapsed_time: 0s
          max_interval: 10s
    """,
)
def the_way_to_jaeger_never_gives_up(scene: Scene) -> Iterator[Hit]:
    """Look at the way to Jaeger; a further backend may be given up."""
    for exporter in to_jaeger(scene):
        if not exporter.get("sending_queue", "storage"):
            continue
        path = exporter.path("retry_on_failure", "max_elapsed_time")
        if exporter.get("retry_on_failure", "enabled") is False:
            yield Hit(
                f"{exporter.id} does not try again",
                "enabled: true",
                (scene.collector, exporter.path("retry_on_failure", "enabled")),
            )
        elif (after := seconds(exporter.get("retry_on_failure", "max_elapsed_time") or "300s")) and after > 0:
            shown = exporter.get("retry_on_failure", "max_elapsed_time") or "300s, the default"
            if exporter.get("retry_on_failure", "max_elapsed_time") not in (0, "0"):
                yield Hit(f"{exporter.id} gives up after {shown}", "0s", (scene.collector, path))


@rule(
    "KIT055",
    "nothing is acknowledged or dropped before it is written",
    Severity.WARNING,
    reason="Jaeger says yes and loses what it held when it is killed; a full queue drops instead of making senders "
    "wait.",
    source="measured: 622 of 37,550 spans lost when Jaeger is killed without wait_for_result, none with it",
    fix="wait_for_result: true and block_on_overflow: true, as rendered",
    bad="""
    # overrides/collector.yaml
    exporters:
      otlp_http/jaeger:
        sending_queue:
          block_on_overflow: false
    """,
    good="""
    # overrides/collector.yaml
    exporters:
      otlp_http/jaeger:
        sending_queue:
          num_consumers: 32
    """,
)
def acknowledged_when_written(scene: Scene) -> Iterator[Hit]:
    """Look at the two queues before the storage."""
    for exporter in to_jaeger(scene):
        if exporter.get("sending_queue", "block_on_overflow") is not True:
            yield Hit(
                f"{exporter.id} drops spans when its queue is full",
                "block_on_overflow: true",
                (scene.collector, exporter.path("sending_queue", "block_on_overflow")),
            )
    queue = mapping(scene.jaeger.get(*_JAEGER_QUEUE))
    for name in ("wait_for_result", "block_on_overflow"):
        if queue.get(name) is not True:
            yield Hit(
                f"Jaeger's queue without {name}", f"{name}: true", (scene.jaeger, (*_JAEGER_QUEUE, name))
            )


@rule(
    "KIT056",
    "a queue in memory holds what its consumers take",
    Severity.ERROR,
    reason="The queue counts what is under way too: a smaller one never keeps its consumers busy, or refuses each "
    "batch.",
    source="exporterhelper, queuebatch; measured with Jaeger 2.13",
    fix="queue_size of at least num_consumers × max_size",
    bad="""
    # jaeger/config.yaml, edited by hand
    -queue_size: 20000
    +queue_size: 2000
    """,
    good="jaeger: {memory: 1GiB}",
)
def queue_holds_what_is_under_way(scene: Scene) -> Iterator[Hit]:
    """Compare queue_size with num_consumers × max_size where both count spans."""
    queue = mapping(scene.jaeger.get(*_JAEGER_QUEUE))
    count, consumers = whole(queue.get("queue_size")), whole(queue.get("num_consumers"))
    batch = whole(dig(queue, "batch", "max_size"))
    if queue.get("enabled") and not (count and consumers):
        yield Hit(
            "a queue without num_consumers or queue_size, which have no default here",
            "both",
            (scene.jaeger, _JAEGER_QUEUE),
        )
    elif count and consumers and batch and queue.get("sizer") == "items" and count < consumers * batch:
        yield Hit(
            f"a queue of {count} spans for {consumers} consumers of {batch}",
            f"at least {consumers * batch}",
            (scene.jaeger, (*_JAEGER_QUEUE, "queue_size")),
        )


CHECKS = (
    the_way_to_jaeger_never_gives_up,
    acknowledged_when_written,
    queue_holds_what_is_under_way,
)
