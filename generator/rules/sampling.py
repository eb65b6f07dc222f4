"""Sampling, and the metrics that are counted from spans."""

from __future__ import annotations

from collections.abc import Iterator

from findings.rule import Severity
from generator.components.services.tracing_plan import TracingPlan
from generator.rules.check import Hit, rule
from generator.rules.pipelines import Pipeline, pipelines, type_of
from generator.rules.scene import Scene
from generator.rules.text import mapping
from generator.rules.units import seconds, whole

_SAMPLERS = ("tail_sampling", "probabilistic_sampler")
_COUNTERS = ("span_metrics", "spanmetrics", "service_graph", "servicegraph", "signal_to_metrics")

_TAIL = """
    processors:
      tail_sampling:
        decision_wait: 30s
        decision_cache: {sampled_cache_size: 100000, non_sampled_cache_size: 500000}
        policies:
          - {name: errors, type: status_code, status_code: {status_codes: [ERROR]}}
"""
_WAIT = "decision_wait: 30s"
_RATE = "\n        num_traces: {held}\n        expected_new_traces_per_sec: 1000"
_SAMPLED = """
    service:
      pipelines:
        traces:
          processors: [memory_limiter, tail_sampling, transform/names]
"""


def _tail(scene: Scene) -> Iterator[tuple[str, object]]:
    """The tail samplers that pipelines name."""
    named = {id_ for pipeline in pipelines(scene.collector) for id_ in pipeline.processors}
    for id_, settings in mapping(scene.collector.get("processors")).items():
        if type_of(id_) == "tail_sampling" and id_ in named:
            yield id_, settings


@rule(
    "KIT090",
    "one collector decides about a whole trace",
    Severity.ERROR,
    reason="Each of several collectors sees a part of a trace and decides about it alone: errors are kept without what "
    "led to them.",
    source="tail_sampling README; load_balancing README, routing_key traceID",
    fix="one collector, or a tier in front with the load_balancing exporter and routing_key: traceID",
    bad="# overrides/collector.yaml"
    + _TAIL
    + _SAMPLED
    + """
    exporters:
      otlp_http/jaeger:
        sending_queue:
          storage: null
          queue_size: 20000
    # compose.override.yaml
    services:
      collector:
        deploy: {replicas: 3}
    """,
    good="# overrides/collector.yaml" + _TAIL + _SAMPLED,
)
def one_collector_decides(scene: Scene) -> Iterator[Hit]:
    """Look at the collector's replicas."""
    container = scene.container("collector")
    replicas = whole(container.get("deploy", "replicas")) or whole(container.get("scale")) or 1
    for id_, _ in _tail(scene):
        if replicas > 1:
            yield Hit(
                f"{replicas} collectors decide about parts of a trace",
                "1",
                (scene.compose, container.path("deploy", "replicas")),
                also=(scene.collector, ("processors", id_)),
            )


@rule(
    "KIT091",
    "a decision is remembered for spans that come later",
    Severity.WARNING,
    reason="A message that waits in a queue longer than decision_wait is traced after the decision: without a memory "
    "of it the late half is decided anew, and the trace comes out in pieces.",
    source="tail_sampling README, decision_cache; the sample queues may hold a message for minutes",
    fix="decision_cache with both sizes well above num_traces, and a decision_wait above the usual wait in the queue; "
    "or tracing.propagation: link, which makes a trace of each hop",
    bad="""
    # overrides/collector.yaml
    processors:
      tail_sampling:
        decision_wait: 10s
        policies:
          - {name: errors, type: status_code, status_code: {status_codes: [ERROR]}}"""
    + _SAMPLED,
    good="# overrides/collector.yaml" + _TAIL + _SAMPLED,
)
def decisions_are_remembered(scene: Scene) -> Iterator[Hit]:
    """Look for the cache where one trace crosses the queues."""
    if scene.deployment[TracingPlan].propagation != "parent":
        return
    for id_, settings in _tail(scene):
        cache = mapping(mapping(settings).get("decision_cache"))
        if not whole(cache.get("sampled_cache_size")):
            wait = mapping(settings).get("decision_wait", "30s")
            yield Hit(
                f"{id_} forgets after {wait} what it kept",
                "decision_cache: {sampled_cache_size: 100000, …}",
                (scene.collector, ("processors", id_, "decision_cache")),
                "tracing.propagation",
            )


@rule(
    "KIT092",
    "the sampler holds as many traces as come in while it waits",
    Severity.WARNING,
    reason="The oldest are dropped undecided: `sampling_trace_dropped_too_early` counts them.",
    source="tail_sampling README: num_traces against expected_new_traces_per_sec × decision_wait",
    fix="num_traces of at least twice expected_new_traces_per_sec × decision_wait",
    bad="# overrides/collector.yaml" + _TAIL.replace(_WAIT, _WAIT + _RATE.format(held=10_000)) + _SAMPLED,
    good="# overrides/collector.yaml" + _TAIL.replace(_WAIT, _WAIT + _RATE.format(held=60_000)) + _SAMPLED,
)
def sampler_holds_enough(scene: Scene) -> Iterator[Hit]:
    """Compare num_traces with the rate the config itself expects."""
    for id_, settings in _tail(scene):
        keys = mapping(settings)
        rate, held = whole(keys.get("expected_new_traces_per_sec")), whole(keys.get("num_traces", 50_000))
        wait = seconds(keys.get("decision_wait", "30s"))
        if rate and held and wait and held < rate * wait:
            yield Hit(
                f"{held} traces held, and {rate * wait:g} come in during decision_wait",
                f"{rate * wait * 2:g}",
                (scene.collector, ("processors", id_, "num_traces")),
            )


@rule(
    "KIT093",
    "metrics are counted before sampling",
    Severity.WARNING,
    reason="Rates count the kept spans only, and error rates look far too high: the sampler keeps errors.",
    source="span_metrics and service_graph READMEs: all spans, so before tail_sampling",
    fix="one pipeline without sampling that ends in the metrics connectors and in `forward`, and one behind `forward` "
    "that samples",
    bad="# overrides/collector.yaml"
    + _TAIL
    + """
    connectors:
      span_metrics:
        metrics_expiration: 5m
        aggregation_cardinality_limit: 2000
    exporters:
      prometheus:
        endpoint: 0.0.0.0:8889
    service:
      pipelines:
        traces:
          processors: [memory_limiter, tail_sampling, transform/names]
          exporters: [otlp_http/jaeger, span_metrics]
        metrics:
          receivers: [span_metrics]
          exporters: [prometheus]
    """,
    good="# overrides/collector.yaml"
    + _TAIL
    + """
    connectors:
      forward/sample: {}
      span_metrics:
        metrics_expiration: 5m
        aggregation_cardinality_limit: 2000
    exporters:
      prometheus:
        endpoint: 0.0.0.0:8889
    service:
      pipelines:
        traces:
          exporters: [span_metrics, forward/sample]
        traces/sampled:
          receivers: [forward/sample]
          processors: [tail_sampling]
          exporters: [otlp_http/jaeger]
        metrics:
          receivers: [span_metrics]
          exporters: [prometheus]
    """,
)
def metrics_come_first(scene: Scene) -> Iterator[Hit]:
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
                yield Hit(
                    f"pipeline {pipeline.name} counts in {id_} what sampling left over",
                    f"{id_} in a pipeline before",
                    (scene.collector, pipeline.path("exporters")),
                )


@rule(
    "KIT094",
    "metrics from spans have an end and a bound",
    Severity.WARNING,
    reason="A series for every combination of attributes is kept for ever: the collector's memory and Prometheus grow "
    "until one of them stops.",
    source="span_metrics README: metrics_expiration (never) and aggregation_cardinality_limit (none) are 0 by default",
    fix="metrics_expiration: 5m, aggregation_cardinality_limit: 2000",
    bad="""
    # overrides/collector.yaml
    connectors:
      span_metrics: {}
    exporters:
      prometheus:
        endpoint: 0.0.0.0:8889
    service:
      pipelines:
        traces:
          exporters: [otlp_http/jaeger, span_metrics]
        metrics:
          receivers: [span_metrics]
          exporters: [prometheus]
    """,
    good="""
    # overrides/collector.yaml
    connectors:
      span_metrics: {metrics_expiration: 5m, aggregation_cardinality_limit: 2000}
    exporters:
      prometheus:
        endpoint: 0.0.0.0:8889
    service:
      pipelines:
        traces:
          exporters: [otlp_http/jaeger, span_metrics]
        metrics:
          receivers: [span_metrics]
          exporters: [prometheus]
    """,
)
def metrics_are_bounded(scene: Scene) -> Iterator[Hit]:
    """Look at each span_metrics connector."""
    for id_, settings in mapping(scene.collector.get("connectors")).items():
        if type_of(id_) not in ("span_metrics", "spanmetrics"):
            continue
        keys = mapping(settings)
        for name, none in (
            ("metrics_expiration", "never expire"),
            ("aggregation_cardinality_limit", "have no bound"),
        ):
            value = keys.get(name)
            if not value or seconds(value) == 0:
                yield Hit(
                    f"{id_}: its series {none}",
                    f"{name} above 0",
                    (scene.collector, ("connectors", id_, name)),
                )


@rule(
    "KIT095",
    "a service that is called follows its caller's sampling decision",
    Severity.WARNING,
    reason="Each service decides alone: traces come out with holes, and a link or a parent leads nowhere.",
    source="OpenTelemetry specification, OTEL_TRACES_SAMPLER: the default is parentbased_always_on",
    fix="parentbased_traceidratio, or parentbased_always_on and sampling in the collector",
    bad="""
    # compose.override.yaml
    services:
      coupon-issuer:
        environment:
          OTEL_TRACES_SAMPLER: traceidratio
          OTEL_TRACES_SAMPLER_ARG: "0.1"
    """,
    good="""
    # compose.override.yaml
    services:
      coupon-issuer:
        environment:
          OTEL_TRACES_SAMPLER: parentbased_traceidratio
          OTEL_TRACES_SAMPLER_ARG: "0.1"
    """,
)
def services_follow_their_caller(scene: Scene) -> Iterator[Hit]:
    """Look at every service's sampler."""
    name = "OTEL_TRACES_SAMPLER"
    for container in scene.containers.values():
        if container.environment.get(name) in ("traceidratio", "always_off") and container.name != "jaeger":
            said = container.environment[name]
            better = "parentbased_traceidratio" if said == "traceidratio" else "parentbased_always_on"
            yield Hit(
                f"{container.name} decides alone: {said}",
                better,
                (scene.compose, container.path("environment", name)),
            )


CHECKS = (
    one_collector_decides, decisions_are_remembered, sampler_holds_enough, metrics_come_first, metrics_are_bounded,
    services_follow_their_caller,
)  # fmt: skip
