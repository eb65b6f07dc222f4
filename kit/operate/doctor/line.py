"""One line of the doctor's answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from findings.finding import Finding
from findings.rule import Rule, Severity


class Outcome(StrEnum):
    """How a check ended."""

    PASS = "pass"  # noqa: S105  # a word, not a secret
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Line:
    """What a check says.

    Attributes:
        check: what was looked at, in a word or two.
        found: what is there.
        needed: what should be there; empty where there is no measure.
        finding: the broken rule, for what is not well.
    """

    check: str
    outcome: Outcome
    found: str
    needed: str = ""
    finding: Finding | None = None

    @property
    def next_step(self) -> str:
        """The next command; empty where all is well."""
        return self.finding.next_step if self.finding else ""


@dataclass(frozen=True, slots=True)
class Looked:
    """Makes the lines of one check.

    Attributes:
        check: what is looked at.
        rule: what should hold.
        needed: what should be there.
    """

    check: str
    rule: Rule
    needed: str = ""

    def well(self, found: str) -> Line:
        """All is as it should be."""
        return Line(self.check, Outcome.PASS, found, self.needed)

    def warn(self, found: str, fix: str = "", details: Mapping[str, Any] | None = None) -> Line:
        """It works, but."""
        return self._line(Outcome.WARN, found, fix, details)

    def fail(self, found: str, fix: str = "", details: Mapping[str, Any] | None = None) -> Line:
        """It does not work, or is about not to."""
        return self._line(Outcome.FAIL, found, fix, details)

    def _line(self, outcome: Outcome, found: str, fix: str, details: Mapping[str, Any] | None) -> Line:
        severity = Severity.ERROR if outcome is Outcome.FAIL else Severity.WARNING
        finding = Finding(
            self.rule,
            f"{self.check}: {found}",
            expected=self.needed,
            fix=fix,
            severity=severity,
            details=details or {},
        )
        return Line(self.check, outcome, found, self.needed, finding)


@dataclass(slots=True)
class Examination:
    """All lines, and what was examined: `native`, `compose`, or empty when nothing runs."""

    running: str
    lines: list[Line] = field(default_factory=list)

    @property
    def failed(self) -> int:
        """How many checks failed."""
        return sum(line.outcome is Outcome.FAIL for line in self.lines)

    @property
    def warned(self) -> int:
        """How many checks warn."""
        return sum(line.outcome is Outcome.WARN for line in self.lines)
