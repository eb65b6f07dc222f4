"""The collector's and Jaeger's components: names and keys by version, and whether they are used."""

from __future__ import annotations

from collections.abc import Iterator

from findings.rule import Severity
from generator.components.collector.plan import CollectorPlan
from generator.components.jaeger.plan import JaegerPlan
from generator.components.jaeger.versions import VERSIONS as JAEGER_VERSIONS
from generator.rules.check import Hit, rule
from generator.rules.component_names import BATCH_WARNS, GONE, KINDS, KNOWN, OLD_KEYS, RENAMED, number
from generator.rules.pipelines import PARTS, SIGNALS, named_extensions, pipelines, type_of
from generator.rules.scene import Scene
from generator.rules.text import Layered, Path, dig, mapping, words
from generator.rules.units import seconds
from generator.spec.report import nearest


def _configs(scene: Scene) -> Iterator[tuple[Layered, str, str]]:
    """Each config, the collector release whose components read it, and who that is."""
    collector = scene.deployment[CollectorPlan].version
    jaeger = scene.deployment[JaegerPlan].version
    yield scene.collector, collector, f"collector {collector}"
    yield scene.jaeger, JAEGER_VERSIONS[jaeger].embedded_collector, f"Jaeger {jaeger}"


@rule(
    "KIT070",
    "every component's type is one that the version knows",
    Severity.ERROR,
    reason='It does not start: `unknown type: "…" for id: "…"`.',
    source="changelogs of opentelemetry-collector and -contrib; opentelemetry-collector #14396, contrib #45339",
    fix="use the type of the version that runs",
    bad="""
    # overrides/collector.yaml
    exporters:
      logging: {}
    service:
      pipelines:
        traces:
          exporters: [otlp_http/jaeger, logging]
    """,
    good="""
    # overrides/collector.yaml
    exporters:
      debug: {}
    service:
      pipelines:
        traces:
          exporters: [otlp_http/jaeger, debug]
    """,
)
def types_are_known(scene: Scene) -> Iterator[Hit]:
    """Look for types that are gone, too new or mistyped."""
    for layered, version, who in _configs(scene):
        of_jaeger = layered is scene.jaeger
        for kind in KINDS:
            for id_ in mapping(layered.get(kind)):
                said, at = type_of(id_), (layered, (kind, id_))
                gone = next((g for g in GONE if (g.kind, g.type) == (kind, said)), None)
                new = next((r for r in RENAMED if (r.kind, r.new) == (kind, said)), None)
                if gone and not of_jaeger and (not gone.since or number(version) >= number(gone.since)):
                    since = f", since {gone.since}" if gone.since else ""
                    yield Hit(f"{who} has no {kind[:-1]} `{said}`{since}", gone.instead, at)
                elif new and number(version) < number(new.since):
                    yield Hit(f"{who} does not know `{said}`, a name from {new.since} on", f"`{new.old}`", at)
                elif not of_jaeger and not gone and (near := _typo(kind, said)):
                    yield Hit(f"{who} has no {kind[:-1]} `{said}`", f"`{near}`", at)


def _typo(kind: str, said: str) -> str:
    """The known type that a name nearly is; empty for a known one and for one that is like none."""
    known = {*KNOWN[kind], *(r.old for r in RENAMED if r.kind == kind)}
    if said in known:
        return ""
    joined = {name.replace("_", ""): name for name in known}
    spelled = joined.get(said.replace("_", "").replace("-", "").lower())
    near = nearest(said, sorted(known))
    return spelled or (near if abs(len(near) - len(said)) <= 2 else "")


@rule(
    "KIT071",
    "a component is named by its type, not by an old name of it",
    Severity.WARNING,
    reason="The alias goes away with one of the next releases, which come every two weeks. A queue on disk is named "
    "after its exporter: rename it while the queue is empty, or what it holds is left behind.",
    source="opentelemetry-collector #14396 and #14403, contrib #45339",
    fix="write the new name, here and in the pipelines",
    bad="""
    # overrides/collector.yaml
    exporters:
      otlphttp/vendor:
        endpoint: https://otlp.example.com
    service:
      pipelines:
        traces:
          exporters: [otlp_http/jaeger, otlphttp/vendor]
    """,
    good="""
    # overrides/collector.yaml
    exporters:
      otlp_http/vendor:
        endpoint: https://otlp.example.com
    service:
      pipelines:
        traces:
          exporters: [otlp_http/jaeger, otlp_http/vendor]
    """,
)
def types_are_current(scene: Scene) -> Iterator[Hit]:
    """Look for aliases."""
    for layered, version, who in _configs(scene):
        for row in RENAMED:
            for id_ in mapping(layered.get(row.kind)):
                if type_of(id_) == row.old and number(version) >= number(row.since):
                    yield Hit(
                        f"`{row.old}` is `{row.new}` since {row.since} ({who})",
                        str(id_).replace(row.old, row.new, 1),
                        (layered, (row.kind, id_)),
                    )


@rule(
    "KIT072",
    "batching lives in the exporter's queue",
    Severity.WARNING,
    reason="The batch processor says yes before anything is stored: what it holds is lost when the collector is "
    "killed, and it is removed from the images with 0.166.",
    source="opentelemetry-collector, docs/rfcs/batching-migration.md; #13582, #8122",
    fix="leave `batch` out: sending_queue.batch of the exporter is set",
    bad="""
    # overrides/collector.yaml
    processors:
      batch: {}
    service:
      pipelines:
        traces:
          processors: [memory_limiter, transform/names, batch]
    """,
    good="""
    # overrides/collector.yaml
    exporters:
      otlp_http/jaeger:
        sending_queue:
          batch: {flush_timeout: 100ms}
    """,
)
def batching_is_in_the_queue(scene: Scene) -> Iterator[Hit]:
    """Look for the processor in pipelines."""
    version = scene.deployment[CollectorPlan].version
    for pipeline in pipelines(scene.collector):
        # With a timeout of 0 it holds nothing back.
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
                f" ({version} says nothing yet, {BATCH_WARNS} warns)"
                if number(version) < number(BATCH_WARNS)
                else ""
            )
            yield Hit(found + warns, "no batch processor", (scene.collector, pipeline.path("processors")))


@rule(
    "KIT073",
    "no key has lost its effect",
    Severity.ERROR,
    reason="The collector does not start, or takes the key and does nothing with it.",
    source="changelogs and READMEs of the components named",
    fix="write what took its place",
    bad="""
    # overrides/collector.yaml
    service:
      telemetry:
        metrics:
          address: 0.0.0.0:8888
    """,
    good="""
    # overrides/collector.yaml
    service:
      telemetry:
        metrics:
          level: normal
    """,
)
def keys_have_an_effect(scene: Scene) -> Iterator[Hit]:
    """Look for the keys of the table."""
    for layered, version, who in _configs(scene):
        for row in OLD_KEYS:
            if number(version) < number(row.since):
                continue
            above = (
                [("service",)]
                if not row.kind
                else [
                    (row.kind, id_)
                    for id_ in mapping(layered.get(row.kind))
                    if _canonical(row.kind, id_) == row.type
                ]
            )
            for path in above:
                if layered.get(*path, *row.path) is not None:
                    happens = "is refused" if row.refused else "has no effect"
                    yield Hit(
                        f"`{'.'.join(row.path)}` {happens} ({who})",
                        row.instead,
                        (layered, (*path, *row.path)),
                        severity=None if row.refused else Severity.WARNING,
                    )


def _canonical(kind: str, id_: str) -> str:
    return next((r.new for r in RENAMED if (r.kind, r.old) == (kind, type_of(id_))), type_of(id_))


@rule(
    "KIT074",
    "what is defined is used",
    Severity.WARNING,
    reason="It looks configured and does nothing: no span reaches it.",
    source="opentelemetry.io, Collector configuration: a component is enabled by the pipeline that names it",
    fix="name it in a pipeline (an extension: in service.extensions); a list in an override replaces the rendered one, "
    "so repeat what it had",
    bad="""
    # overrides/collector.yaml
    exporters:
      otlp_http/vendor:
        endpoint: https://otlp.example.com
    """,
    good="""
    # overrides/collector.yaml
    exporters:
      otlp_http/vendor:
        endpoint: https://otlp.example.com
    service:
      pipelines:
        traces:
          exporters: [otlp_http/jaeger, otlp_http/vendor]
    """,
)
def defined_is_used(scene: Scene) -> Iterator[Hit]:
    """Compare definitions with pipelines."""
    for layered, _, _ in _configs(scene):
        of = pipelines(layered)
        named = {
            "receivers": {id_ for p in of for id_ in p.receivers},
            "processors": {id_ for p in of for id_ in p.processors},
            "exporters": {id_ for p in of for id_ in p.exporters},
            "connectors": {id_ for p in of for id_ in (*p.receivers, *p.exporters)},
            "extensions": set(words(layered.get("service", "extensions"))),
        }
        for kind, ids in named.items():
            # An extension that something asks for and that is not enabled stops the start: KIT053 says so.
            asked = {id_ for _, id_ in named_extensions(layered.data)} if kind == "extensions" else set()
            for id_ in mapping(layered.get(kind)):
                where = "is not enabled" if kind == "extensions" else "is in no pipeline"
                if id_ not in ids | asked:
                    found = f"{kind[:-1]} {id_} is defined and {where}"
                    yield Hit(found, "its name there", (layered, (kind, id_)), also=_list_of(layered, kind))


def _list_of(layered: Layered, kind: str) -> tuple[Layered, Path]:
    """The list in which a component would be named: a user who replaced it is the cause."""
    if kind == "extensions":
        return layered, ("service", "extensions")
    part = kind if kind in PARTS else "exporters"
    lists = (pipeline.path(part) for pipeline in pipelines(layered) if pipeline.signal == "traces")
    return layered, next((path for path in lists if layered.cause(path)), ("service", "pipelines"))


@rule(
    "KIT075",
    "what a pipeline names is defined",
    Severity.ERROR,
    reason='The collector does not start: `references exporter "x" which is not configured`.',
    source="otelcol, service/pipelines config",
    fix="define it, or mend the name; a connector is an exporter of one pipeline and a receiver of another",
    bad="""
    # overrides/collector.yaml
    service:
      pipelines:
        traces:
          processors: [memory_limiter, transform/names, redaction]
    """,
    good="""
    # overrides/collector.yaml
    processors:
      redaction:
        allow_all_keys: true
        blocked_values: ["4[0-9]{15}"]
    service:
      pipelines:
        traces:
          processors: [memory_limiter, transform/names, redaction]
    """,
)
def named_is_defined(scene: Scene) -> Iterator[Hit]:
    """Follow every name in every pipeline, and connectors to both of their sides."""
    for layered, _, _ in _configs(scene):
        connectors = set(mapping(layered.get("connectors")))
        of = pipelines(layered)
        for pipeline in of:
            if pipeline.signal not in SIGNALS:
                near = nearest(pipeline.signal, SIGNALS)
                yield Hit(
                    f"pipeline `{pipeline.name}` is of no signal",
                    near or "traces, metrics or logs",
                    (layered, ("service", "pipelines", pipeline.name)),
                )
            for part in ("receivers", "processors", "exporters"):
                ids = getattr(pipeline, part)
                defined = set(mapping(layered.get(part))) | (connectors if part != "processors" else set())
                if not ids and part != "processors":
                    yield Hit(
                        f"pipeline {pipeline.name} without {part}",
                        "at least one",
                        (layered, pipeline.path(part)),
                    )
                for id_ in ids:
                    if id_ not in defined:
                        near = nearest(id_, sorted(defined))
                        yield Hit(
                            f"{part[:-1]} {id_} is not defined",
                            f"one of {', '.join(sorted(defined)) or 'none yet'}",
                            (layered, pipeline.path(part)),
                            fix=f"did you mean {near}?" if near else "",
                        )
        for id_ in connectors:
            sides = {side for p in of for side in ("receivers", "exporters") if id_ in getattr(p, side)}
            if len(sides) == 1:
                missing = "receiver" if "exporters" in sides else "exporter"
                yield Hit(
                    f"connector {id_} is the {missing} of no pipeline",
                    "both: it joins two pipelines",
                    (layered, ("connectors", id_)),
                )


CHECKS = (
    types_are_known, types_are_current, batching_is_in_the_queue, keys_have_an_effect, defined_is_used,
    named_is_defined,
)  # fmt: skip
