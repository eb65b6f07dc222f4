"""Lines of the doctor's answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from findings.finding import Finding
from findings.rule import Rule, Severity


class Outcome(StrEnum):
    """Result of a check."""

    PASS = "pass"  # noqa: S105  # a word, not a secret
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Line:
    """One result of a check.

    Attributes:
        check: Name of the check, in a word or two.
        found: Actual state.
        needed: Expected state; empty if the check has no threshold.
        finding: The broken rule; None if the check passed.
    """

    check: str
    outcome: Outcome
    found: str
    needed: str = ""
    finding: Finding | None = None

    @property
    def next_step(self) -> str:
        """Next command to type; empty if the check passed."""
        return self.finding.next_step if self.finding else ""


@dataclass(frozen=True, slots=True)
class Looked:
    """Builds the lines of one check.

    Attributes:
        check: Name of the check, in a word or two.
        rule: The rule that is checked.
        needed: Expected state.
    """

    check: str
    rule: Rule
    needed: str = ""

    def well(self, found: str) -> Line:
        """Return a line for a passed check."""
        return Line(self.check, Outcome.PASS, found, self.needed)

    def warn(self, found: str, fix: str = "", details: Mapping[str, Any] | None = None) -> Line:
        """Return a warning: it works, but something is not as it should be."""
        return self._line(Outcome.WARN, found, fix, details)

    def fail(self, found: str, fix: str = "", details: Mapping[str, Any] | None = None) -> Line:
        """Return a failure: it does not work, or soon will not."""
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
    """All lines, and the target that runs: `native`, `compose`, or empty if none."""

    running: str
    lines: list[Line] = field(default_factory=list)

    @property
    def failed(self) -> int:
        """Number of failed checks."""
        return sum(line.outcome is Outcome.FAIL for line in self.lines)

    @property
    def warned(self) -> int:
        """Number of checks with a warning."""
        return sum(line.outcome is Outcome.WARN for line in self.lines)
