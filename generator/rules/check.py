"""A rule and the function that looks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from findings.finding import Finding, Place
from findings.rule import Rule, Severity
from generator.rules.example import tidy
from generator.rules.scene import Scene
from generator.rules.text import Layered, Path, Text, dig


@dataclass(frozen=True, slots=True)
class Hit:
    """Where and how a rule is broken.

    Attributes:
        found: what is there.
        expected: what should be there.
        at: the file and the path in it where it shows.
        key: the key of the spec that decides it, with dots; empty where no key does.
        fix: the next step, where it is not the rule's own.
        also: another value that takes part: the cause is there if the user said that one outside of the spec.
        severity: where it is not the rule's own.
        place: what causes it, where `at` and `key` don't say it.
    """

    found: str
    expected: str = ""
    at: tuple[Layered, Path] | Place | None = None
    key: str = ""
    fix: str = ""
    also: tuple[Layered, Path] | Place | None = None
    severity: Severity | None = None
    place: Place | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


Look = Callable[[Scene], Iterator[Hit]]


@dataclass(frozen=True, slots=True)
class Check:
    """A rule that `kit validate` looks for."""

    rule: Rule
    look: Look

    def findings(self, scene: Scene) -> Iterator[Finding]:
        """Every place where it is broken."""
        for hit in self.look(scene):
            yield _finding(self.rule, hit, scene)


def rule(
    id: str,  # noqa: A002  # its name on the rule
    title: str,
    severity: Severity,
    *,
    reason: str,
    source: str,
    fix: str,
    bad: str,
    good: str,
) -> Callable[[Look], Check]:
    """Make a function that looks for a rule a `Check`."""
    made = Rule(id, title, severity, reason, source, fix, tidy(bad), tidy(good))
    return lambda look: Check(made, look)


def _finding(broken: Rule, hit: Hit, scene: Scene) -> Finding:
    cause, path = _cause(hit, scene)
    shows = hit.at if isinstance(hit.at, Place) else hit.at[0].shows(hit.at[1]) if hit.at else None
    return Finding(
        broken,
        found=hit.found,
        expected=hit.expected,
        fix=hit.fix,
        place=cause,
        path=path,
        shows=None if shows == cause else shows,
        severity=hit.severity,
        details=hit.details,
    )


def _cause(hit: Hit, scene: Scene) -> tuple[Place, str]:
    if hit.place is not None:
        return hit.place, hit.key
    edited = {scene.named(file) for file in scene.on_disk}
    for at in (hit.at, hit.also):
        if isinstance(at, tuple) and (place := at[0].cause(at[1])) is not None:
            return place, dotted(at[1])
        if isinstance(at, Place) and at.file in edited:
            return at, hit.key
    key = hit.key or _of_a_service(hit.at, scene)
    return spec_place(scene.spec_text, key), key


def _of_a_service(at: tuple[Layered, Path] | Place | None, scene: Scene) -> str:
    """The key of the spec that says a value of a container, where the spec has one for it: its image, its service."""
    if not isinstance(at, tuple) or at[0] is not scene.compose or len(at[1]) < 3:
        return ""
    _, name, key, *below = at[1]
    if key == "image" and scene.spec_text.depth(("images", name)) == 2:
        return f"images.{name}"
    own = dig(scene.spec_text.data, "services")
    for index, service in enumerate(own if isinstance(own, list) else []):
        if dig(service, "name") == name:
            said = {"mem_limit": "memory", "ports": "port", "deploy": "memory"}.get(str(key), str(key))
            return ".".join(
                ("services", str(index), said, *(str(step) for step in below if key == "environment"))
            )
    return ""


def spec_place(text: Text, key: str) -> Place:
    """Where the spec says a key, or the nearest one above it; a number is an entry of a list."""
    steps: Path = tuple(int(step) if step.isdigit() else step for step in key.split(".")) if key else ()
    return text.place(steps)


def dotted(path: Path) -> str:
    """A path for people."""
    return ".".join(
        str(step.get("published", "")) if isinstance(step, Mapping) else str(step) for step in path
    )
