"""Rules of metrics that are counted from spans: edges of the histogram, and names in Jaeger's Monitor tab."""

from __future__ import annotations

from collections.abc import Iterator

from generator.components.prometheus.plan import MonitoringPlan
from generator.components.services.plan import ServicesPlan
from generator.rules.check import Breach, rule
from generator.rules.pipelines import pipelines
from generator.rules.scene import Scene
from generator.rules.text import KeyPath, dig, mapping
from generator.rules.units import seconds

# The connector's own name, and the one before collector 0.151.
_TYPES = ("span_metrics", "spanmetrics")
_NAMESPACE = "traces.span.metrics"
_OTLP = "/api/v1/otlp"


def connectors(scene: Scene) -> list[str]:
    """Return the connectors that count requests from spans for Prometheus's OTLP receiver."""
    used = {
        id_
        for one in pipelines(scene.collector)
        if any(_OTLP in str(scene.collector.get("exporters", to, "endpoint")) for to in one.exporters)
        for id_ in one.receivers
    }
    return [
        str(id_)
        for id_ in mapping(scene.collector.get("connectors"))
        if str(id_).partition("/")[0] in _TYPES and id_ in used
    ]


@rule("KIT161")
def thresholds_are_edges(scene: Scene) -> Iterator[Breach]:
    """Compare the limit of each objective with the edges of the histogram."""
    if not scene.deployment[MonitoringPlan].runs:
        return
    objectives = [(one, one.p99) for one in scene.deployment[ServicesPlan].objectives if one.p99 is not None]
    for id_ in connectors(scene):
        path: KeyPath = ("connectors", id_, "histogram", "explicit", "buckets")
        buckets = scene.collector.get(*path)
        edges = [seconds(one) for one in buckets] if isinstance(buckets, list) else []
        for one, limit in objectives:
            wanted = limit.milliseconds / 1000
            if not any(edge is not None and abs(edge - wanted) < 1e-9 for edge in edges):
                name = f"{one.service} {one.endpoint}".strip()
                yield Breach(
                    f"{limit}, the limit of {name}, is no edge of the histogram of {id_}",
                    f"`{limit.go}` in buckets",
                    (scene.collector, path),
                    key="objectives",
                )


@rule("KIT165")
def monitor_tab_reads_what_is_counted(scene: Scene) -> Iterator[Breach]:
    """Compare the names that Jaeger's Monitor tab reads with those that the collector writes."""
    name = scene.jaeger.get("extensions", "jaeger_query", "storage", "metrics")
    above: KeyPath = ("extensions", "jaeger_storage", "metric_backends", name, "prometheus")
    settings = scene.jaeger.get(*above)
    if not scene.deployment[MonitoringPlan].runs or not isinstance(settings, dict):
        return
    found = connectors(scene)
    if not found:
        yield Breach(
            "no pipeline of the collector uses `span_metrics`",
            "`span_metrics` in a pipeline's exporters, and in the receivers of another",
            (scene.collector, ("service", "pipelines")),
        )
        return
    id_ = found[0]
    connector = mapping(scene.collector.get("connectors", id_))
    written = str(connector.get("namespace") or _NAMESPACE).replace(".", "_")
    unit = str(dig(connector, "histogram", "unit") or "ms")
    for key, value, made, below in (
        ("metric_namespace", settings.get("metric_namespace") or _NAMESPACE, written, ("namespace",)),
        ("latency_unit", settings.get("latency_unit") or "ms", unit, ("histogram", "unit")),
        ("normalize_calls", settings.get("normalize_calls"), True, ()),
        ("normalize_duration", settings.get("normalize_duration"), True, ()),
    ):
        value = str(value).replace(".", "_") if key == "metric_namespace" else value
        if value != made:
            shown = str(made).lower() if isinstance(made, bool) else made
            yield Breach(
                f"Jaeger's {key} is {str(value).lower() if value in (None, False) else value}, "
                f"and the collector's metrics have {shown}",
                f"the same in both: {shown}",
                (scene.jaeger, (*above, key)),
                also=(scene.collector, ("connectors", id_, *below)) if below else None,
            )


CHECKS = (thresholds_are_edges, monitor_tab_reads_what_is_counted)
