"""A rule: what is checked, why, how one knows, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a broken rule is."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        id: `KIT` and three digits: 0 what a spec says, and 140 to 169; 1 what a machine or a running deployment
            does; 2 what traces show.
        title: what holds where the rule is kept, in one line.
        severity: of a finding, unless the finding says otherwise.
        reason: what happens to whoever breaks it.
        source: where this is known from: documentation, a source file, an issue, a measurement.
        fix: what to do, in general.
        bad: an example that breaks it; a test shows that it is found.
        good: the same, mended; a test shows that nothing is found.
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
    """The ids nearest to one that is not known, by their numbers."""
    return sorted(sorted(known, key=lambda one: abs(_number(one) - _number(id_)))[:count])


def _number(id_: str) -> int:
    return int("".join(letter for letter in id_ if letter in "0123456789")[:6] or 0)
