"""Delivery to the storage: no span is given up, dropped or acknowledged too early."""

from __future__ import annotations

from collections.abc import Iterator

from generator.rules.check import Breach, rule
from generator.rules.pipelines import to_jaeger
from generator.rules.scene import Scene
from generator.rules.text import mapping
from generator.rules.units import seconds

_JAEGER_QUEUE = ("exporters", "jaeger_storage_exporter", "queue")


@rule("KIT054")
def the_way_to_jaeger_never_gives_up(scene: Scene) -> Iterator[Breach]:
    """Check the retries of the exporters to Jaeger; exporters to further backends may give up."""
    for exporter in to_jaeger(scene):
        if not exporter.get("sending_queue", "storage"):
            continue
        path = exporter.path("retry_on_failure", "max_elapsed_time")
        if exporter.get("retry_on_failure", "enabled") is False:
            yield Breach(
                f"{exporter.id} does not retry",
                "enabled: true",
                (scene.collector, exporter.path("retry_on_failure", "enabled")),
            )
        elif (after := seconds(exporter.get("retry_on_failure", "max_elapsed_time") or "300s")) and after > 0:
            shown = exporter.get("retry_on_failure", "max_elapsed_time") or "300s, the default"
            if exporter.get("retry_on_failure", "max_elapsed_time") not in (0, "0"):
                yield Breach(f"{exporter.id} gives up after {shown}", "0s", (scene.collector, path))


@rule("KIT055")
def acknowledged_when_written(scene: Scene) -> Iterator[Breach]:
    """Check the two queues before the storage: the collector's and Jaeger's."""
    for exporter in to_jaeger(scene):
        if exporter.get("sending_queue", "block_on_overflow") is not True:
            yield Breach(
                f"{exporter.id} drops spans when its queue is full",
                "block_on_overflow: true",
                (scene.collector, exporter.path("sending_queue", "block_on_overflow")),
            )
    queue = mapping(scene.jaeger.get(*_JAEGER_QUEUE))
    for name in ("wait_for_result", "block_on_overflow"):
        if queue.get(name) is not True:
            yield Breach(
                f"Jaeger's queue without {name}", f"{name}: true", (scene.jaeger, (*_JAEGER_QUEUE, name))
            )


CHECKS = (the_way_to_jaeger_never_gives_up, acknowledged_when_written)
