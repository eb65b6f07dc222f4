"""Collect the problems of a spec, and describe YAML nodes in plain words."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from generator.spec.problem import Problem
from generator.spec.source import position

INVALID: Any = object()

STR = "tag:yaml.org,2002:str"
BOOL = "tag:yaml.org,2002:bool"
INT = "tag:yaml.org,2002:int"
FLOAT = "tag:yaml.org,2002:float"
NULL = "tag:yaml.org,2002:null"
_TAG_NAMES = {BOOL: "a boolean", INT: "a whole number", FLOAT: "a decimal number", NULL: "nothing (null)"}


@dataclass(slots=True)
class Problems:
    """The problems of one file."""

    file: str
    problems: list[Problem] = field(default_factory=list)

    def add(self, node: yaml.Node, path: str, found: str, expected: str, fix: str = "") -> Any:
        """Add a problem at a node, and return `INVALID`."""
        self.problems.append(Problem(self.file, *position(node), path, found, expected, fix))
        return INVALID


def found(node: yaml.Node) -> str:
    """Describe the value of a node in plain words."""
    if isinstance(node, yaml.MappingNode):
        return "keys and values"
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    value = str(node.value)
    shown = value if len(value) <= 40 else value[:37] + "…"
    if node.tag == NULL:
        return "nothing (null)"
    kind = _TAG_NAMES.get(node.tag)
    return f"`{shown}`, {kind} in YAML" if kind else f"`{shown}`"


def nearest(word: str, known: Sequence[str]) -> str:
    """Return the known word that is most similar to a typo; empty if none is similar."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return close[0] if close else ""
