"""A check of the doctor: its name, its rule and its function."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from findings.rule import Rule
from kit.operate.doctor.line import Line
from kit.operate.doctor.subject import Subject


@dataclass(frozen=True, slots=True)
class Check:
    """A check: its name, the rule that it tests, and the function that yields its lines."""

    name: str
    rule: Rule
    look: Callable[[Subject], Iterator[Line]]
