"""Rules of the collector: its first processor, batching, its health check."""

from __future__ import annotations

from collections.abc import Iterator

from generator.components.collector import queue_rules, sampling_rules
from generator.components.collector.plan import CollectorPlan
from generator.rules.check import Breach, rule
from generator.rules.component_names import BATCH_WARNS, number
from generator.rules.pipelines import pipelines, type_of
from generator.rules.scene import Scene
from generator.rules.text import dig, mapping
from generator.rules.units import seconds

# Programs that a health check would run; an image `FROM scratch` has none of them.
_CLIENTS = ("wget", "curl", "nc", "sh", "/bin/sh", "bash")
_LIMITER = "memory_limiter"
# Connectors that count spans at once and hold none. Both names of each.
_COUNTERS = frozenset({"span_metrics", "spanmetrics", "service_graph", "servicegraph"})


@rule("KIT042")
def limiter_comes_first(scene: Scene) -> Iterator[Breach]:
    """Check the first processor of each pipeline with a receiver, unless it only counts spans."""
    receivers = set(mapping(scene.collector.get("receivers")))
    for pipeline in pipelines(scene.collector):
        counts = bool(pipeline.exporters) and {type_of(id_) for id_ in pipeline.exporters} <= _COUNTERS
        if counts or not receivers.intersection(pipeline.receivers):
            continue
        if not pipeline.processors or type_of(pipeline.processors[0]) != _LIMITER:
            begins = pipeline.processors[0] if pipeline.processors else "no processor"
            yield Breach(
                f"pipeline {pipeline.name} begins with {begins}",
                f"[{_LIMITER}, …]",
                (scene.collector, pipeline.path("processors")),
            )


@rule("KIT072")
def batching_is_in_the_queue(scene: Scene) -> Iterator[Breach]:
    """Find the `batch` processor in pipelines."""
    version = scene.deployment[CollectorPlan].version
    for pipeline in pipelines(scene.collector):
        # With a timeout of 0 the processor holds no spans.
        named = [
            id_
            for id_ in pipeline.processors
            if type_of(id_) == "batch" and seconds(scene.collector.get("processors", id_, "timeout")) != 0
        ]
        if named and number(version) < number("0.166"):
            twice = any(
                dig(scene.collector.get("exporters", id_), "sending_queue", "batch") is not None
                for id_ in pipeline.exporters
            )
            found = f"pipeline {pipeline.name} batches in `{named[0]}`" + (
                ", and again in its exporter" if twice else ""
            )
            warns = (
                f" ({version} does not warn yet, {BATCH_WARNS} does)"
                if number(version) < number(BATCH_WARNS)
                else ""
            )
            yield Breach(found + warns, "no batch processor", (scene.collector, pipeline.path("processors")))


@rule("KIT025")
def collector_is_asked_from_outside(scene: Scene) -> Iterator[Breach]:
    """Check the health check of the collector's container."""
    container = scene.container("collector")
    health = container.health
    if health and health.words and (health.by_shell or health.words[0] in _CLIENTS):
        found = f"the health check runs {health.words[0]}, which the collector's image can't run"
        yield Breach(found, "no health check", container.at("health"))


CHECKS = (
    limiter_comes_first, batching_is_in_the_queue, collector_is_asked_from_outside, *queue_rules.CHECKS,
    *sampling_rules.CHECKS,
)  # fmt: skip
