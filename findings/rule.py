"""A rule: its requirement, the reason, the source and the fix."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """Severity of a broken rule."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        id: `KIT` and three digits. 0xx and 140 to 169 check the spec, the other 1xx the machine or a running
            deployment, 2xx the traces.
        title: The requirement, in one line.
        severity: Severity of a finding, unless the finding sets its own.
        reason: The consequence of breaking the rule.
        source: Evidence for the rule: documentation, a source file, an issue or a measurement.
        fix: General advice.
        bad: An example that breaks the rule; a test checks that it is found.
        good: The corrected example; a test checks that nothing is found.
    """

    id: str
    title: str
    severity: Severity
    reason: str
    source: str
    fix: str
    bad: str = ""
    good: str = ""


def neighbours(id_: str, known: Iterable[str], count: int = 2) -> list[str]:
    """Return the known ids whose numbers are nearest to an unknown id."""
    return sorted(sorted(known, key=lambda one: abs(_number(one) - _number(id_)))[:count])


def _number(id_: str) -> int:
    return int("".join(letter for letter in id_ if letter in "0123456789")[:6] or 0)
