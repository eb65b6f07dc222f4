"""One place where a rule is broken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from findings.rule import Rule, Severity


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in a file; `line` and `column` start at 1 and are 0 if unknown."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.file
        return f"{self.file}:{self.line}:{self.column}" if self.column else f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken rule.

    Attributes:
        rule: The broken rule.
        found: The value or state found, in a few words.
        expected: The value or state expected.
        fix: The next step; if empty, the rule's own fix applies.
        place: The cause, in a hand-written file.
        path: The key at that place, with dots.
        shows: The effect, in a rendered file.
        severity: Severity of this finding; if None, the rule's own applies.
        details: Figures and names for the JSON form.
    """

    rule: Rule
    found: str
    expected: str = ""
    fix: str = ""
    place: Place | None = None
    path: str = ""
    shows: Place | None = None
    severity: Severity | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def how_bad(self) -> Severity:
        """Severity of the finding, or else of its rule."""
        return self.severity or self.rule.severity

    @property
    def next_step(self) -> str:
        """Fix of the finding, or else of its rule."""
        return self.fix or self.rule.fix


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Sort findings: errors first, then by place."""
    return sorted(
        findings,
        key=lambda one: (one.how_bad is not Severity.ERROR, one.place or Place(""), one.rule.id, one.found),
    )


def grouped(findings: Iterable[Finding]) -> list[Finding]:
    """Merge findings of one rule, cause and expectation; the first of them names the number of others."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for one in findings:
        groups.setdefault((one.rule.id, one.place, one.path, one.expected, one.how_bad), []).append(one)
    return [
        replace(alike[0], found=f"{alike[0].found} (and {len(alike) - 1} more like it)")
        if len(alike) > 1
        else alike[0]
        for alike in groups.values()
    ]


def errors(findings: Iterable[Finding]) -> int:
    """Count the findings that are errors."""
    return sum(1 for one in findings if one.how_bad is Severity.ERROR)
