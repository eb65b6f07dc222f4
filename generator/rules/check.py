"""Rules with the functions that check them, and their breaches as findings."""

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
        found: Value that breaks the rule, as a phrase for the message.
        expected: Value that would keep the rule, as a phrase for the message.
        at: File and path of the wrong value.
        key: Key of the spec that decides the value, with dots; empty if no key does.
        fix: Next step for the user, if it differs from the rule's fix.
        also: A second value that is involved; it is the cause if the user set it outside of the spec.
        severity: Severity, if it differs from the rule's.
        place: Place of the cause, if `at` and `key` don't give it.
        details: Further fields of the JSON answer.
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
    """A rule that `kit validate` checks.

    Attributes:
        id: Id of the rule.
        finder: Function that yields every breach of the rule.
    """

    id: str
    finder: Finder

    @property
    def rule(self) -> Rule:
        """The rule's texts, from the page beside the finder's module."""
        return written(self.id, self.finder.__module__)

    def findings(self, scene: Scene) -> Iterator[Finding]:
        """Yield a finding for every breach of the rule."""
        for breach in self.finder(scene):
            yield finding(self.rule, breach, scene)


def rule(id_: str) -> Callable[[Finder], RuleCheck]:
    """Return a decorator that turns a finder into the `RuleCheck` of a rule."""
    return lambda finder: RuleCheck(id_, finder)


def finding(broken: Rule, breach: Breach, scene: Scene) -> Finding:
    """Turn a breach into a finding at the line of the spec or of the override that causes it."""
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
    """Return the key of the spec for a part of a container: of `images` or of the user's service; empty if none."""
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
    """Return the place of a key in the spec, or of the nearest key above it; a number is an index of a list."""
    steps: KeyPath = tuple(int(step) if step.isdigit() else step for step in key.split(".")) if key else ()
    return text.place(steps)


def dotted(path: KeyPath) -> str:
    """Format a path for a message, with dots."""
    return ".".join(
        str(step.get("published", "")) if isinstance(step, Mapping) else str(step) for step in path
    )
