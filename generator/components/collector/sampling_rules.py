"""Rules of tail sampling in the collector, and of metrics counted from spans."""

from __future__ import annotations

from collections.abc import Iterator

from generator.components.services.tracing_plan import TracingPlan
from generator.rules.check import Breach, rule
from generator.rules.pipelines import Pipeline, pipelines, type_of
from generator.rules.scene import Scene
from generator.rules.text import mapping
from generator.rules.units import seconds, whole

_SAMPLERS = ("tail_sampling", "probabilistic_sampler")
_COUNTERS = ("span_metrics", "spanmetrics", "service_graph", "servicegraph", "signal_to_metrics")


def _tail(scene: Scene) -> Iterator[tuple[str, object]]:
    """Yield the tail samplers that a pipeline uses."""
    named = {id_ for pipeline in pipelines(scene.collector) for id_ in pipeline.processors}
    for id_, settings in mapping(scene.collector.get("processors")).items():
        if type_of(id_) == "tail_sampling" and id_ in named:
            yield id_, settings


@rule("KIT090")
def one_collector_decides(scene: Scene) -> Iterator[Breach]:
    """Check the collector's replicas."""
    container = scene.container("collector")
    for id_, _ in _tail(scene):
        if container.replicas > 1:
            yield Breach(
                f"{container.replicas} collectors each decide for a part of a trace",
                "1 collector",
                container.at("replicas"),
                also=(scene.collector, ("processors", id_)),
            )


@rule("KIT091")
def decisions_are_remembered(scene: Scene) -> Iterator[Breach]:
    """Check the decision cache if a trace continues across queues."""
    if scene.deployment[TracingPlan].propagation != "parent":
        return
    for id_, settings in _tail(scene):
        cache = mapping(mapping(settings).get("decision_cache"))
        if not whole(cache.get("sampled_cache_size")):
            wait = mapping(settings).get("decision_wait", "30s")
            yield Breach(
                f"{id_} forgets its decisions after {wait}",
                "decision_cache: {sampled_cache_size: 100000, …}",
                (scene.collector, ("processors", id_, "decision_cache")),
                "tracing.propagation",
            )


@rule("KIT092")
def sampler_holds_enough(scene: Scene) -> Iterator[Breach]:
    """Compare num_traces with the rate the config itself expects."""
    for id_, settings in _tail(scene):
        keys = mapping(settings)
        rate, held = whole(keys.get("expected_new_traces_per_sec")), whole(keys.get("num_traces", 50_000))
        wait = seconds(keys.get("decision_wait", "30s"))
        if rate and held and wait and held < rate * wait:
            yield Breach(
                f"num_traces is {held}, but {rate * wait:g} traces arrive during decision_wait",
                f"at least {rate * wait * 2:g}",
                (scene.collector, ("processors", id_, "num_traces")),
            )


@rule("KIT093")
def metrics_come_first(scene: Scene) -> Iterator[Breach]:
    """Follow the connectors from each sampling pipeline."""
    of = pipelines(scene.collector)
    sampling = [p for p in of if any(type_of(id_) in _SAMPLERS for id_ in p.processors)]
    reached: list[Pipeline] = []
    while sampling:
        pipeline = sampling.pop()
        reached.append(pipeline)
        behind = [p for p in of if set(p.receivers) & set(pipeline.exporters) and p not in reached]
        sampling += [p for p in behind if p.signal == "traces"]
    for pipeline in reached:
        for id_ in pipeline.exporters:
            if type_of(id_) in _COUNTERS:
                yield Breach(
                    f"{id_} in pipeline {pipeline.name} counts only sampled spans",
                    f"{id_} in a pipeline before sampling",
                    (scene.collector, pipeline.path("exporters")),
                )


@rule("KIT094")
def metrics_are_bounded(scene: Scene) -> Iterator[Breach]:
    """Check expiration and limit of each span_metrics connector."""
    for id_, settings in mapping(scene.collector.get("connectors")).items():
        if type_of(id_) not in ("span_metrics", "spanmetrics"):
            continue
        keys = mapping(settings)
        for name, none in (
            ("metrics_expiration", "never expire"),
            ("aggregation_cardinality_limit", "have no limit"),
        ):
            value = keys.get(name)
            if not value or seconds(value) == 0:
                yield Breach(
                    f"{id_}: its series {none}",
                    f"{name} above 0",
                    (scene.collector, ("connectors", id_, name)),
                )


CHECKS = (
    one_collector_decides, decisions_are_remembered, sampler_holds_enough, metrics_come_first,
    metrics_are_bounded,
)  # fmt: skip
