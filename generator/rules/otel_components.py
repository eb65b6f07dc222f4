"""Components of the collector and of Jaeger: names and keys by version, unused components."""

from __future__ import annotations

from collections.abc import Iterator

from findings.rule import Severity
from generator.components.collector.plan import CollectorPlan
from generator.components.jaeger.plan import JaegerPlan
from generator.components.jaeger.versions import VERSIONS as JAEGER_VERSIONS
from generator.rules.check import Breach, rule
from generator.rules.component_names import GONE, KINDS, KNOWN, OLD_KEYS, RENAMED, number
from generator.rules.pipelines import PARTS, SIGNALS, named_extensions, pipelines, type_of
from generator.rules.scene import Scene
from generator.rules.text import KeyPath, Layered, mapping, words
from generator.spec.problems import nearest

# Lists that use a component, for the kinds that are not named like their list.
_USED_IN = {
    "connectors": "the exporters of one pipeline and the receivers of another",
    "extensions": "service.extensions",
}


def _configs(scene: Scene) -> Iterator[tuple[Layered, str, str]]:
    """Yield each config, the collector release of its components, and the program's name and version."""
    collector = scene.deployment[CollectorPlan].version
    jaeger = scene.deployment[JaegerPlan].version
    yield scene.collector, collector, f"collector {collector}"
    yield scene.jaeger, JAEGER_VERSIONS[jaeger].embedded_collector, f"Jaeger {jaeger}"


@rule("KIT070")
def types_are_known(scene: Scene) -> Iterator[Breach]:
    """Find types that are removed, too new or mistyped."""
    for layered, version, who in _configs(scene):
        of_jaeger = layered is scene.jaeger
        for kind in KINDS:
            for id_ in mapping(layered.get(kind)):
                said, at = type_of(id_), (layered, (kind, id_))
                gone = next((g for g in GONE if (g.kind, g.type) == (kind, said)), None)
                new = next((r for r in RENAMED if (r.kind, r.new) == (kind, said)), None)
                if gone and not of_jaeger and (not gone.since or number(version) >= number(gone.since)):
                    since = f": removed in {gone.since}" if gone.since else ""
                    yield Breach(f"{who} has no {kind[:-1]} `{said}`{since}", gone.instead, at)
                elif new and number(version) < number(new.since):
                    yield Breach(
                        f"{who} does not know `{said}`, a name since {new.since}", f"`{new.old}`", at
                    )
                elif not of_jaeger and not gone and (near := _typo(kind, said)):
                    yield Breach(f"{who} has no {kind[:-1]} `{said}`", f"`{near}`", at)


def _typo(kind: str, said: str) -> str:
    """Return the known type that a name is a typo of; empty for a known type and if none is similar."""
    known = {*KNOWN[kind], *(r.old for r in RENAMED if r.kind == kind)}
    if said in known:
        return ""
    joined = {name.replace("_", ""): name for name in known}
    spelled = joined.get(said.replace("_", "").replace("-", "").lower())
    near = nearest(said, sorted(known))
    return spelled or (near if abs(len(near) - len(said)) <= 2 else "")


@rule("KIT071")
def types_are_current(scene: Scene) -> Iterator[Breach]:
    """Find aliases of renamed types."""
    for layered, version, who in _configs(scene):
        for row in RENAMED:
            for id_ in mapping(layered.get(row.kind)):
                if type_of(id_) == row.old and number(version) >= number(row.since):
                    yield Breach(
                        f"`{row.old}` is named `{row.new}` since {row.since} ({who})",
                        str(id_).replace(row.old, row.new, 1),
                        (layered, (row.kind, id_)),
                    )


@rule("KIT073")
def keys_have_an_effect(scene: Scene) -> Iterator[Breach]:
    """Find the keys of `OLD_KEYS`."""
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
                    yield Breach(
                        f"`{'.'.join(row.path)}` {happens} ({who})",
                        row.instead,
                        (layered, (*path, *row.path)),
                        severity=None if row.refused else Severity.WARNING,
                    )


def _canonical(kind: str, id_: str) -> str:
    return next((r.new for r in RENAMED if (r.kind, r.old) == (kind, type_of(id_))), type_of(id_))


@rule("KIT074")
def defined_is_used(scene: Scene) -> Iterator[Breach]:
    """Compare the defined components with the pipelines and with `service.extensions`."""
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
            # KIT053 reports an extension that a component refers to and that is not enabled: it prevents the start.
            asked = {id_ for _, id_ in named_extensions(layered.data)} if kind == "extensions" else set()
            for id_ in mapping(layered.get(kind)):
                where = "is not enabled" if kind == "extensions" else "is in no pipeline"
                if id_ not in ids | asked:
                    found = f"{kind[:-1]} {id_} is defined but {where}"
                    yield Breach(
                        found,
                        f"its name in {_USED_IN.get(kind, f'the {kind} of a pipeline')}",
                        (layered, (kind, id_)),
                        also=_list_of(layered, kind),
                    )


def _list_of(layered: Layered, kind: str) -> tuple[Layered, KeyPath]:
    """Return the list in which a component would be named; the cause is the user who replaced it."""
    if kind == "extensions":
        return layered, ("service", "extensions")
    part = kind if kind in PARTS else "exporters"
    lists = (pipeline.path(part) for pipeline in pipelines(layered) if pipeline.signal == "traces")
    return layered, next((path for path in lists if layered.cause(path)), ("service", "pipelines"))


@rule("KIT075")
def named_is_defined(scene: Scene) -> Iterator[Breach]:
    """Check that every name in every pipeline is defined, and that each connector has both sides."""
    for layered, _, _ in _configs(scene):
        connectors = set(mapping(layered.get("connectors")))
        of = pipelines(layered)
        for pipeline in of:
            if pipeline.signal not in SIGNALS:
                near = nearest(pipeline.signal, SIGNALS)
                yield Breach(
                    f"pipeline `{pipeline.name}` has no known signal",
                    near or "traces, metrics or logs",
                    (layered, ("service", "pipelines", pipeline.name)),
                )
            for part in ("receivers", "processors", "exporters"):
                ids = getattr(pipeline, part)
                defined = set(mapping(layered.get(part))) | (connectors if part != "processors" else set())
                if not ids and part != "processors":
                    yield Breach(
                        f"pipeline {pipeline.name} without {part}",
                        "at least one",
                        (layered, pipeline.path(part)),
                    )
                for id_ in ids:
                    if id_ not in defined:
                        near = nearest(id_, sorted(defined))
                        yield Breach(
                            f"{part[:-1]} {id_} is not defined",
                            f"one of {', '.join(sorted(defined)) or 'none yet'}",
                            (layered, pipeline.path(part)),
                            fix=f"did you mean {near}?" if near else "",
                        )
        for id_ in sorted(connectors):
            sides = {side for p in of for side in ("receivers", "exporters") if id_ in getattr(p, side)}
            if len(sides) == 1:
                missing = "receiver" if "exporters" in sides else "exporter"
                yield Breach(
                    f"connector {id_} is in the {missing}s of no pipeline",
                    "a receiver of one pipeline and an exporter of another",
                    (layered, ("connectors", id_)),
                )


@rule("KIT053")
def extensions_are_enabled(scene: Scene) -> Iterator[Breach]:
    """Check the extensions that `storage`, `auth.authenticator` and `middlewares` of both configs refer to."""
    for layered in (scene.collector, scene.jaeger):
        enabled = words(layered.get("service", "extensions"))
        defined = mapping(layered.get("extensions"))
        for path, id_ in named_extensions(layered.data):
            wrong = "defined" if id_ not in defined else "enabled" if id_ not in enabled else ""
            if wrong:
                also = (layered, ("service", "extensions"))
                yield Breach(
                    f"{id_} is not {wrong}",
                    f"{id_} under extensions and in service.extensions",
                    (layered, path),
                    also=also,
                )
        for id_ in enabled:
            if id_ not in defined:
                yield Breach(
                    f"{id_} is enabled but not defined",
                    f"{id_} under extensions",
                    (layered, ("service", "extensions")),
                )


CHECKS = (
    types_are_known, types_are_current, keys_have_an_effect, defined_is_used, named_is_defined,
    extensions_are_enabled,
)  # fmt: skip
