"""Check keys and values in the configs of the collector and of Jaeger against the keys of their components."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from findings.finding import Place
from findings.rule import Severity
from generator.components.collector.plan import CollectorPlan
from generator.components.jaeger.plan import JaegerPlan
from generator.config_keys import endpoints, go_yaml, ottl, variables
from generator.config_keys.catalogue import JAEGER, OTELCOL, Catalogue, Key, catalogue, service
from generator.config_keys.compare import Mistake, Path, mistakes
from generator.config_keys.needed import missing
from generator.overrides.merge import merge_collector
from generator.rules.check import Breach, dotted, rule
from generator.rules.component_names import GONE, KINDS, OLD_KEYS, RENAMED
from generator.rules.pipelines import LOOPBACK, TOWARDS_JAEGER, type_of
from generator.rules.scene import Scene
from generator.rules.text import Layered, mapping
from generator.rules.units import host_port

_CLIENT_KEYS = ("endpoint", "traces_endpoint", "metrics_endpoint", "logs_endpoint", "profiles_endpoint")


def known_type(known: Catalogue, kind: str, id_: Any) -> str:
    """Return the type of a component under the name that the catalogue uses."""
    said = type_of(id_)
    if said in known.components.get(kind, {}):
        return said
    return next((row.new for row in RENAMED if (row.kind, row.old) == (kind, said)), said)


def _configs(scene: Scene) -> Iterator[tuple[Layered, Catalogue, str]]:
    """Yield each config whose version has a catalogue, with the catalogue and the version."""
    found = (
        (scene.collector, catalogue(OTELCOL), scene.deployment[CollectorPlan].version),
        (scene.jaeger, catalogue(JAEGER), scene.deployment[JaegerPlan].version),
    )
    yield from (one for one in found if one[1].version == one[2])


# A scene has two configs, and each rule reads both.
@lru_cache(maxsize=4)
def as_go_reads(layered: Layered) -> Mapping[str, Any]:
    """Parse a config as Go does, with the override merged."""
    merged = merge_collector(go_yaml.load(layered.rendered.text), go_yaml.load(layered.override.text) or {})
    return mapping(merged)


def _components(config: Mapping[str, Any], known: Catalogue) -> Iterator[tuple[Path, str, Key, Any]]:
    """Yield path, type, key and settings of each component in the catalogue."""
    for kind in KINDS:
        for id_, settings in mapping(config.get(kind)).items():
            type_ = known_type(known, kind, id_)
            key = known.components.get(kind, {}).get(type_)
            if key is not None:
                yield (kind, id_), type_, key, settings


def _mistakes(scene: Scene) -> Iterator[tuple[Layered, Mistake]]:
    for layered, known, _ in _configs(scene):
        for one in _mistakes_in(layered, known.version):
            yield layered, one


@lru_cache(maxsize=4)
def _mistakes_in(layered: Layered, version: str) -> tuple[Mistake, ...]:
    known = next(one for one in map(catalogue, (OTELCOL, JAEGER)) if one.version == version)
    config = as_go_reads(layered)
    # KIT073 reports these, with their replacements.
    old = {(row.kind, row.type, *row.path) if row.kind else ("service", *row.path) for row in OLD_KEYS}
    found = [
        one
        for path, type_, key, settings in _components(config, known)
        for one in mistakes(key, settings, path)
        if one.kind != "key" or (path[0], type_, *one.path[2:]) not in old
    ]
    found += [
        one
        for one in mistakes(service(known), config.get("service"), ("service",))
        if one.kind != "key" or one.path not in old
    ]
    return tuple(found)


@rule("KIT140")
def keys_exist(scene: Scene) -> Iterator[Breach]:
    """Compare every key with the keys of its component, and find keys that are set twice."""
    for layered, one in _mistakes(scene):
        if one.kind == "key":
            yield Breach(one.found, one.expected, (layered, one.path))
    for layered, _, _ in _configs(scene):
        for text in (layered.override, layered.rendered):
            for name, line, column in go_yaml.twice(text.text):
                yield Breach(
                    f"`{name}` is set a second time here",
                    "each key once",
                    place=Place(text.file, line, column),
                )


@rule("KIT141")
def values_are_taken(scene: Scene) -> Iterator[Breach]:
    """Compare every value with the type of its key, and find missing keys."""
    for layered, one in _mistakes(scene):
        if one.kind == "value":
            yield Breach(one.found, one.expected, (layered, one.path))
    for layered, known, _ in _configs(scene):
        for path, type_, _key, settings in _components(as_go_reads(layered), known):
            for group in missing(str(path[0]), type_, settings):
                yield Breach(
                    f"{path[-1]} without {' or '.join(group)}", f"a value for `{group[0]}`", (layered, path)
                )


@rule("KIT142")
def durations_have_units(scene: Scene) -> Iterator[Breach]:
    """Find numbers without a unit where a duration is expected."""
    for layered, one in _mistakes(scene):
        if one.kind == "unit":
            yield Breach(one.found, one.expected, (layered, one.path))


@rule("KIT143")
def endpoints_have_their_form(scene: Scene) -> Iterator[Breach]:
    """Check the endpoints of clients and of servers."""
    for layered, known, _ in _configs(scene):
        for path, type_, key, settings in _components(as_go_reads(layered), known):
            for at, holder, text, network in _endpoints(key, settings, path):
                wrong = _wrong_endpoint(at, holder, text, network, type_)
                if wrong is None or (wrong.likely and host_port(text)[0] in (*TOWARDS_JAEGER, *LOOPBACK)):
                    # Jaeger's port is known, so KIT010 compares it exactly.
                    continue
                severity = Severity.WARNING if wrong.likely else None
                yield Breach(wrong.found, wrong.expected, (layered, at), severity=severity)


def _endpoints(key: Key, value: Any, path: Path) -> Iterator[tuple[Path, str, str, str]]:
    """Yield path, holder, text and network (`tcp` by default) of each endpoint."""
    if isinstance(value, list) and key.of:
        for index, below in enumerate(value):
            yield from _endpoints(key.of, below, (*path, index))
    for name, below in mapping(value).items():
        inner = (key.keys or {}).get(str(name)) or (key.of if key.is_ == "map" else None)
        if inner is None:
            continue
        if name in _CLIENT_KEYS and isinstance(below, str) and below and "${" not in below:
            yield (*path, name), inner.holder, below, str(mapping(value).get("transport") or "tcp")
        yield from _endpoints(inner, below, (*path, name))


def _wrong_endpoint(
    path: Path, holder: str, text: str, network: str, type_: str
) -> endpoints.WrongForm | None:
    if holder in endpoints.SERVERS:
        return endpoints.server(text) if network.startswith("tcp") else None
    if holder == endpoints.GRPC_CLIENT:
        return endpoints.grpc_client(text)
    whole = path[-1] != "endpoint"
    if holder == endpoints.HTTP_CLIENT or (whole and type_ == "otlp_http"):
        return endpoints.http_client(text, appends=type_ == "otlp_http" and not whole, whole=whole)
    return None


@rule("KIT144")
def statements_can_be_parsed(scene: Scene) -> Iterator[Breach]:
    """Parse every OTTL statement and condition."""
    for layered, known, _ in _configs(scene):
        for path, type_, _key, settings in _components(as_go_reads(layered), known):
            for at, text, statement in _ottl(type_, settings, path):
                if "${" in text:
                    continue
                wrong = ottl.refused(
                    text.replace("$$", "$"), known.functions.get(type_, {}), statement=statement
                )
                if wrong is not None:
                    shown = text if len(text) <= 60 else f"{text[:57]}..."
                    found = f"`{shown}`: column {wrong.column}: {wrong.found}"
                    yield Breach(
                        found, "an OTTL statement" if statement else "an OTTL condition", (layered, at)
                    )


def _ottl(type_: str, settings: Any, path: Path) -> Iterator[tuple[Path, str, bool]]:
    """Yield path and text of each statement or condition, and whether it is a statement."""
    if type_ == "transform":
        for name, value in mapping(settings).items():
            if str(name).endswith("_statements"):
                yield from _texts(value, (*path, name), statement=True)
    elif type_ == "filter":
        yield from _of_filter(settings, path)
    elif type_ == "tail_sampling":
        yield from _in_policies(settings, path)


def _of_filter(settings: Any, path: Path) -> Iterator[tuple[Path, str, bool]]:
    for name, value in mapping(settings).items():
        if str(name).endswith("_conditions"):
            yield from _texts(value, (*path, name), statement=False)
        elif name in ("traces", "metrics", "logs", "profiles"):
            for context, conditions in mapping(value).items():
                if isinstance(conditions, list | str):
                    yield from _texts(conditions, (*path, name, context), statement=False)


def _texts(value: Any, path: Path, *, statement: bool) -> Iterator[tuple[Path, str, bool]]:
    if isinstance(value, str):
        yield path, value, statement
    for index, entry in enumerate(value if isinstance(value, list) else []):
        if isinstance(entry, str):
            yield (*path, index), entry, statement
        for part in ("statements", "conditions"):
            yield from _texts(
                mapping(entry).get(part) or [], (*path, index, part), statement=part == "statements"
            )


def _in_policies(value: Any, path: Path) -> Iterator[tuple[Path, str, bool]]:
    for index, entry in enumerate(value if isinstance(value, list) else []):
        yield from _in_policies(entry, (*path, index))
    for name, below in mapping(value).items():
        if name == "ottl_condition":
            for context, conditions in mapping(below).items():
                if context in ("span", "spanevent"):
                    yield from _texts(conditions, (*path, name, context), statement=False)
        else:
            yield from _in_policies(below, (*path, name))


@rule("KIT145")
def variables_have_their_form(scene: Scene) -> Iterator[Breach]:
    """Check every `${…}`."""
    for layered in (scene.collector, scene.jaeger):
        for path, text in _scalars(as_go_reads(layered), ()):
            for one in variables.wrong(text):
                yield Breach(one.found, one.expected, (layered, path))


def _scalars(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    for index, entry in enumerate(value if isinstance(value, list) else []):
        yield from _scalars(entry, (*path, index))
    for name, below in mapping(value).items():
        yield from _scalars(below, (*path, name))


def not_checked(scene: Scene) -> Iterator[tuple[Place, str]]:
    """Yield place and description of each part of the user's configs that no rule checks."""
    for layered, one in _mistakes(scene):
        place = layered.cause(one.path) if one.kind == "open" else None
        if place is not None:
            yield place, f"{dotted(one.path)}: {one.found}"
    if scene.ui.override.text:
        yield Place(scene.ui.override.file, 1), "Jaeger UI's settings, except `search`"
    for layered, program, version, who in (
        (scene.collector, OTELCOL, scene.deployment[CollectorPlan].version, "collector"),
        (scene.jaeger, JAEGER, scene.deployment[JaegerPlan].version, "Jaeger"),
    ):
        known = catalogue(program)
        if not layered.override.text and not layered.edited:
            continue
        if known.version != version:
            text = layered.override if layered.override.text else layered.rendered
            yield (
                Place(text.file, 1),
                f"the keys of {who} {version} are unknown (known: {known.version})",
            )
            continue
        for kind in KINDS:
            for id_ in mapping(as_go_reads(layered).get(kind)):
                type_ = known_type(known, kind, id_)
                place = layered.cause((kind, id_))
                gone = any((row.kind, row.type) == (kind, type_of(id_)) for row in GONE)
                if type_ not in known.components.get(kind, {}) and place is not None and not gone:
                    yield place, f"{kind}.{id_}: the keys of `{type_}` are unknown"


CHECKS = (
    keys_exist, values_are_taken, durations_have_units, endpoints_have_their_form, statements_can_be_parsed,
    variables_have_their_form,
)  # fmt: skip
