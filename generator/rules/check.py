"""A rule and the function that looks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from findings.finding import Finding, Place
from findings.pages import written
from findings.rule import Rule, Severity
from generator.rules.containers import At, InContainer
from generator.rules.scene import Scene
from generator.rules.text import ConfigText, KeyPath, dig


@dataclass(frozen=True, slots=True)
class Breach:
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
    at: At | None = None
    key: str = ""
    fix: str = ""
    also: At | None = None
    severity: Severity | None = None
    place: Place | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


Finder = Callable[[Scene], Iterator[Breach]]


@dataclass(frozen=True, slots=True)
class RuleCheck:
    """A rule that `kit validate` looks for.

    Attributes:
        id: of the rule.
        finder: the function that looks for what breaks it.
    """

    id: str
    finder: Finder

    @property
    def rule(self) -> Rule:
        """What it says, in the page beside the finder's module."""
        return written(self.id, self.finder.__module__)

    def findings(self, scene: Scene) -> Iterator[Finding]:
        """Every place where it is broken."""
        for breach in self.finder(scene):
            yield finding(self.rule, breach, scene)


def rule(id_: str) -> Callable[[Finder], RuleCheck]:
    """Make a function that looks for what breaks a rule a `RuleCheck`."""
    return lambda finder: RuleCheck(id_, finder)


def finding(broken: Rule, breach: Breach, scene: Scene) -> Finding:
    """A breach as a finding: at the line of the spec or of the override that causes it."""
    cause, path = _cause(breach, scene)
    shows = (
        breach.at if isinstance(breach.at, Place) else breach.at[0].shows(breach.at[1]) if breach.at else None
    )
    return Finding(
        broken,
        found=breach.found,
        expected=breach.expected,
        fix=breach.fix,
        place=cause,
        path=path,
        shows=None if shows == cause else shows,
        severity=breach.severity,
        details=breach.details,
    )


def _cause(breach: Breach, scene: Scene) -> tuple[Place, str]:
    if breach.place is not None:
        return breach.place, breach.key
    edited = {scene.named(file) for file in scene.on_disk}
    for at in (breach.at, breach.also):
        if isinstance(at, tuple) and (place := at[0].cause(at[1])) is not None:
            return place, dotted(at[1])
        if isinstance(at, Place) and at.file in edited:
            return at, breach.key
    key = breach.key or _of_a_container(breach.at, scene)
    return spec_place(scene.spec_text, key), key


def _of_a_container(at: At | None, scene: Scene) -> str:
    """The key of the spec that says a part of a container, where the spec has one: its image, the user's service."""
    if not isinstance(at, InContainer):
        return ""
    if at.part == "image" and scene.spec_text.depth(("images", at.container)) == 2:
        return f"images.{at.container}"
    own = dig(scene.spec_text.data, "services")
    for index, service in enumerate(own if isinstance(own, list) else []):
        if dig(service, "name") == at.container:
            part = "port" if at.part == "ports" else at.part
            below = (at.below,) if at.part == "environment" else ()
            return ".".join(("services", str(index), part, *below))
    return ""


def spec_place(text: ConfigText, key: str) -> Place:
    """Where the spec says a key, or the nearest one above it; a number is an entry of a list."""
    steps: KeyPath = tuple(int(step) if step.isdigit() else step for step in key.split(".")) if key else ()
    return text.place(steps)


def dotted(path: KeyPath) -> str:
    """A path for people."""
    return ".".join(
        str(step.get("published", "")) if isinstance(step, Mapping) else str(step) for step in path
    )
