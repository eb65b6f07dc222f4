"""A check of the doctor's: what it looks at, which rule should hold, and how it looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from findings.rule import Rule
from kit.operate.doctor.line import Line
from kit.operate.doctor.subject import Subject


@dataclass(frozen=True, slots=True)
class Check:
    """A check: what it looks at, the rule, how."""

    name: str
    rule: Rule
    look: Callable[[Subject], Iterator[Line]]
