"""One key at a time is broken in a config that is right: what the rules say, and what the real collector says."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from generator.config_keys.catalogue import OTELCOL, Key, catalogue
from generator.config_keys.compare import Path as KeyPath
from generator.rules.config_keys import CHECKS
from generator.rules.scene import Scene
from kit.provision import Program

SAMPLES: Mapping[str, Any] = yaml.safe_load((Path(__file__).parent / "samples.yaml").read_text())["otelcol"]

# A value of each kind that is right, and those that are not: by kind of the key.
_WRONG: Mapping[str, tuple[tuple[str, Any], ...]] = {
    "duration": (("unit", "5 parsecs"), ("unit", "30"), ("type", True), ("type", ["5s"]), ("type", {"a": 1})),
    "whole": (("type", "many"), ("type", True), ("type", [1]), ("type", {"a": 1}), ("unit", "5MiB")),
    "number": (("type", "many"), ("type", True), ("type", [1]), ("type", {"a": 1})),
    "truth": (("type", "maybe"), ("type", "yes"), ("type", 1), ("type", [True]), ("type", {"a": 1})),
    "text": (("type", 7), ("type", True), ("type", [1]), ("type", {"kit_a": 1})),
    "list": (("type", 7), ("type", {"kit_a": 1})),
    "map": (("type", 7), ("type", "text"), ("type", ["a"])),
    "struct": (("type", 7), ("type", "text"), ("type", ["a"])),
    "any": (),
}


@dataclass(frozen=True, slots=True)
class Mutation:
    """One broken key of one component.

    Attributes:
        component: `exporters/otlp_http`.
        kind: `key`, `type`, `unit` or `word`.
        path: of the key in the component.
        value: what is written there.
    """

    component: str
    kind: str
    path: KeyPath
    value: Any

    def config(self) -> dict[str, Any]:
        """The component's config, right but for the one key."""
        config = _put(SAMPLES.get(self.component, {}), self.path, self.value)
        assert isinstance(config, dict)
        return config

    def __str__(self) -> str:
        return f"{self.component} {'.'.join(map(str, self.path))} = {self.value!r}"


def mutations() -> Iterator[Mutation]:
    """Every mutation of every component of the kit's collector."""
    for kind, types in catalogue(OTELCOL).components.items():
        for type_, key in types.items():
            yield from _of(f"{kind}/{type_}", key, ())


def _of(component: str, key: Key, path: KeyPath) -> Iterator[Mutation]:
    if path:
        yield from (Mutation(component, kind, path, value) for kind, value in _WRONG[key.is_])
    if key.one_of:
        yield Mutation(component, "word", path, "kit-no-such")
        yield Mutation(component, "word", path, f"{key.one_of[0]}x")
    if key.is_ == "struct" and not key.open:
        yield Mutation(component, "key", (*path, "kit_no_such_key"), 1)
    for name, below in (key.keys or {}).items():
        yield from _of(component, below, (*path, name))
    if key.of:
        yield from _of(component, key.of, (*path, 0 if key.is_ == "list" else "a"))


_RIGHT: Mapping[str, tuple[Any, ...]] = {
    "duration": ("5s", "1h30m", "250ms", 0, "0s"),
    "whole": (7, 1, 0),
    "number": (1.5, 7),
    "truth": (True, False),
    "text": ("a", ""),
    "list": ([],),
    "map": ({},),
    "struct": ({},),
    "any": ("a", 7),
}


def right() -> Iterator[Mutation]:
    """A value of its kind for every key, every word that it may be, and nothing."""
    for kind, types in catalogue(OTELCOL).components.items():
        for type_, key in types.items():
            yield from _right(f"{kind}/{type_}", key, ())


def _right(component: str, key: Key, path: KeyPath) -> Iterator[Mutation]:
    if path:
        values = key.one_of or _RIGHT[key.is_]
        yield from (Mutation(component, "right", path, value) for value in (*values, None))
    for name, below in (key.keys or {}).items():
        yield from _right(component, below, (*path, name))
    if key.of:
        yield from _right(component, key.of, (*path, 0 if key.is_ == "list" else "a"))


def _put(base: Any, path: KeyPath, value: Any) -> Any:
    if not path:
        return value
    first, rest = path[0], path[1:]
    if first == 0:
        entries = list(base) if isinstance(base, list) and base else [None]
        return [_put(entries[0], rest, value), *entries[1:]]
    below = dict(base) if isinstance(base, Mapping) else {}
    return {**below, first: _put(below.get(first), rest, value)}


def whole(component: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """A config that is right, with one component added; it is in no pipeline, but its keys are looked at."""
    kind, _, type_ = component.partition("/")
    config: dict[str, Any] = {
        "receivers": {"otlp/base": {"protocols": {"grpc": {"endpoint": "127.0.0.1:0"}}}},
        "exporters": {"nop/base": {}},
        "service": {"pipelines": {"traces": {"receivers": ["otlp/base"], "exporters": ["nop/base"]}}},
    }
    if kind == "service":
        config["service"][type_] = settings
    else:
        config.setdefault(kind, {})[f"{type_}/tried"] = settings
    return config


def really_refused(program: Program, mutation: Mutation, file: Path) -> str:
    """What the real collector prints when it refuses it; empty when it takes it."""
    file.write_text(yaml.safe_dump(whole(mutation.component, mutation.config()), allow_unicode=True))
    done = subprocess.run(
        program.command("validate", "--config", file),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.stderr or "refused" if done.returncode else ""


def refused_offline(scene: Scene, mutation: Mutation) -> list[str]:
    """What the rules about keys and values say of it."""
    text = yaml.safe_dump(whole(mutation.component, mutation.config()), allow_unicode=True)
    changed = Scene(
        scene.spec,
        scene.spec_text,
        scene.deployment,
        scene.files,
        {**scene.on_disk, "collector/config.yaml": text},
    )
    return [f"{one.rule.id}: {one.found}" for check in CHECKS for one in check.findings(changed)]
