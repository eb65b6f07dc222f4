"""One key at a time is broken in a config that is right: what the rules say, and what the real program says."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from generator.config_keys.catalogue import JAEGER, OTELCOL, Key, catalogue
from generator.config_keys.compare import Path as KeyPath
from generator.rules.config_keys import CHECKS
from generator.rules.scene import Scene
from kit.provision import Program

SAMPLES: Mapping[str, Mapping[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "samples.yaml").read_text()
)
CONFIGS: Mapping[str, str] = {OTELCOL: "collector/config.yaml", JAEGER: "jaeger/config.yaml"}

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


# Without one, `sigv4auth` looks for it in the network.
_ACCOUNT = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}


@dataclass(frozen=True, slots=True)
class Mutation:
    """One broken key of one component.

    Attributes:
        program: whose component it is.
        component: `exporters/otlp_http`.
        kind: `key`, `type`, `unit` or `word`.
        path: of the key in the component.
        value: what is written there.
    """

    program: str
    component: str
    kind: str
    path: KeyPath
    value: Any

    def config(self) -> dict[str, Any]:
        """The component's config, right but for the one key."""
        config = _put(SAMPLES[self.program].get(self.component, {}), self.path, self.value)
        assert isinstance(config, dict)
        return config

    def __str__(self) -> str:
        return f"{self.component} {'.'.join(map(str, self.path))} = {self.value!r}"


def untouched(program: str) -> Iterator[Mutation]:
    """Every component as it is before a key of it is broken."""
    for kind, types in catalogue(program).components.items():
        for type_ in types:
            component = f"{kind}/{type_}"
            yield Mutation(program, component, "right", (), SAMPLES[program].get(component, {}))


def mutations(program: str) -> Iterator[Mutation]:
    """Every mutation of every component that a program has."""
    for kind, types in catalogue(program).components.items():
        for type_, key in types.items():
            for sort, path, value in _of(key, ()):
                yield Mutation(program, f"{kind}/{type_}", sort, path, value)


def _of(key: Key, path: KeyPath) -> Iterator[tuple[str, KeyPath, Any]]:
    if path:
        yield from ((kind, path, value) for kind, value in _WRONG[key.is_])
    if key.needs:
        yield "key", path, {}
    if key.one_of:
        yield "word", path, "kit-no-such"
        yield "word", path, f"{key.one_of[0]}x"
    if key.is_ == "struct" and not key.open:
        yield "key", (*path, "kit_no_such_key"), 1
    for name, below in (key.keys or {}).items():
        yield from _of(below, (*path, name))
    if key.of:
        yield from _of(key.of, (*path, 0 if key.is_ == "list" else "a"))


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


def right(program: str) -> Iterator[Mutation]:
    """A value of its kind for every key, every word that it may be, and nothing."""
    for kind, types in catalogue(program).components.items():
        for type_, key in types.items():
            for path, value in _right(key, ()):
                yield Mutation(program, f"{kind}/{type_}", "right", path, value)


def _right(key: Key, path: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    if path:
        values = key.one_of or _RIGHT[key.is_]
        yield from ((path, value) for value in (*values, None))
    for name, below in (key.keys or {}).items():
        yield from _right(below, (*path, name))
    if key.of:
        yield from _right(key.of, (*path, 0 if key.is_ == "list" else "a"))


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
    """What the real program prints when it refuses it; empty when it takes it."""
    file.write_text(yaml.safe_dump(whole(mutation.component, mutation.config()), allow_unicode=True))
    done = subprocess.run(
        program.command("validate", "--config", file),
        env={**os.environ, **_ACCOUNT},
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
        {**scene.on_disk, CONFIGS[mutation.program]: text},
    )
    return [f"{one.rule.id}: {one.found}" for check in CHECKS for one in check.findings(changed)]
