"""One place where a rule is broken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from findings.rule import Rule, Severity


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Somewhere in a file; `line` and `column` are counted from 1, 0 where they are not known."""

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
        rule: which one.
        found: what is there, in a few words.
        expected: what should be there.
        fix: the next step; the rule's own where it is empty.
        place: what causes it, in a file that a person edits.
        path: the key there, with dots.
        shows: where it shows, in a rendered file.
        severity: the rule's own where it is None.
        details: figures and names for the JSON form.
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
        """The severity that counts."""
        return self.severity or self.rule.severity

    @property
    def next_step(self) -> str:
        """What to do."""
        return self.fix or self.rule.fix


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Errors first, then by place."""
    return sorted(
        findings,
        key=lambda one: (one.how_bad is not Severity.ERROR, one.place or Place(""), one.rule.id, one.found),
    )


def grouped(findings: Iterable[Finding]) -> list[Finding]:
    """One finding for each rule, cause and expectation; the first says how many more there are."""
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
    """How many of them are errors."""
    return sum(1 for one in findings if one.how_bad is Severity.ERROR)
