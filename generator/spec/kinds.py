"""The kinds of value a spec can hold: how each is read, what a bad one is told, its JSON Schema.

A kind reads one YAML node. When the node does not fit it reports a `Problem` and answers `INVALID`;
it never raises, so that one pass finds every mistake.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import yaml

from generator.spec.problem import Problem
from generator.spec.quantities import Duration, Size
from generator.spec.source import position

INVALID: Any = object()

_STR = "tag:yaml.org,2002:str"
_BOOL = "tag:yaml.org,2002:bool"
_INT = "tag:yaml.org,2002:int"
_FLOAT = "tag:yaml.org,2002:float"
_NULL = "tag:yaml.org,2002:null"
_TAG_NAMES = {_BOOL: "a boolean", _INT: "a whole number", _FLOAT: "a decimal number", _NULL: "nothing (null)"}


@dataclass(slots=True)
class Report:
    """Collects the problems of one file."""

    file: str
    problems: list[Problem] = field(default_factory=list)

    def add(self, node: yaml.Node, path: str, found: str, expected: str, fix: str = "") -> Any:
        """Note a problem at a node; answers `INVALID`."""
        self.problems.append(Problem(self.file, *position(node), path, found, expected, fix))
        return INVALID


class Kind(Protocol):
    """How one value of a spec is read."""

    def read(self, node: yaml.Node, path: str, report: Report) -> Any:
        """The value of a node, or `INVALID` after reporting why not."""

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of such a value."""


def found(node: yaml.Node) -> str:
    """What stands at a node, in words a person would use."""
    if isinstance(node, yaml.MappingNode):
        return "keys and values"
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    value = str(node.value)
    shown = value if len(value) <= 40 else value[:37] + "…"
    if node.tag == _NULL:
        return "nothing (null)"
    kind = _TAG_NAMES.get(node.tag)
    return f"`{shown}`, {kind} to YAML" if kind else f"`{shown}`"


def nearest(word: str, known: Sequence[str]) -> str:
    """The known word that a typo most likely meant; empty when none is near."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return close[0] if close else ""


def _is_text(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == _STR


@dataclass(frozen=True, slots=True)
class Text:
    """A word of a given form."""

    pattern: str
    expected: str
    max_length: int = 200

    def read(self, node: yaml.Node, path: str, report: Report) -> Any:
        """The text as it stands."""
        if not _is_text(node):
            fix = (
                f'put it in quotes: "{node.value}"'
                if isinstance(node, yaml.ScalarNode) and node.value
                else ""
            )
            return report.add(node, path, found(node), self.expected, fix)
        value = str(node.value)
        if len(value) > self.max_length:
            return report.add(node, path, f"{len(value)} characters", f"at most {self.max_length}")
        if not re.fullmatch(self.pattern, value):
            return report.add(node, path, found(node), self.expected)
        return value

    def schema(self) -> dict[str, Any]:
        """A string with a pattern."""
        return {"type": "string", "pattern": f"^(?:{self.pattern})$", "maxLength": self.max_length}


@dataclass(frozen=True, slots=True)
class Version:
    """A version, always in quotes: YAML reads `2026.10` as the number 2026.1."""

    example: str
    known: tuple[str, ...] = ()

    def read(self, node: yaml.Node, path: str, report: Report) -> Any:
        """The version as text."""
        expected = f'a version in quotes, as "{self.example}"'
        if isinstance(node, yaml.ScalarNode) and node.tag in (_FLOAT, _INT):
            why = "YAML drops trailing zeros: 2026.10 would become 2026.1" if node.tag == _FLOAT else ""
            fix = f'put it in quotes: "{node.value}"' + (f" ({why})" if why else "")
            return report.add(node, path, found(node), expected, fix)
        if not _is_text(node):
            return report.add(node, path, found(node), expected)
        value = str(node.value)
        if not re.fullmatch(r"\d+(\.\d+)*([-.][0-9A-Za-z]+)*", value):
            fix = f'write "{value[1:]}"' if re.fullmatch(r"v\d.*", value) else ""
            return report.add(node, path, found(node), expected, fix)
        if self.known and value not in self.known:
            fix = f'write "{near}"' if (near := nearest(value, self.known)) else ""
            return report.add(node, path, found(node), "one of " + ", ".join(self.known), fix)
        return value

    def schema(self) -> dict[str, Any]:
        """A string; the known versions where only they are taken."""
        return {"type": "string", **({"enum": list(self.known)} if self.known else {})}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A duration or a size, with its unit, within bounds."""

    parse: Callable[[str], Duration | Size]
    example: str
    units: tuple[str, ...]
    minimum: str
    maximum: str

    def read(self, node: yaml.Node, path: str, report: Report) -> Any:
        """The quantity as `Duration` or `Size`."""
        expected = f"a number with a unit ({', '.join(self.units)}), as {self.example}"
        if isinstance(node, yaml.ScalarNode) and node.tag in (_INT, _FLOAT):
            fix = f"say the unit: {node.value}{self._unit()}"
            return report.add(node, path, f"`{node.value}`, a number without a unit", expected, fix)
        if not _is_text(node):
            return report.add(node, path, found(node), expected)
        text = str(node.value)
        try:
            value = self.parse(text)
        except ValueError:
            return report.add(node, path, found(node), expected, self._unit_fix(text))
        if not self.parse(self.minimum) <= value <= self.parse(self.maximum):  # type: ignore[operator]
            return report.add(node, path, found(node), f"{self.minimum} to {self.maximum}")
        return value

    def _unit(self) -> str:
        return re.sub(r"[\d.]", "", self.example)

    def _unit_fix(self, text: str) -> str:
        match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([A-Za-z]+)", text)
        if not match:
            return ""
        by_letter = {unit.lower(): unit for unit in self.units}
        by_letter |= {unit[0].lower(): unit for unit in self.units if unit.endswith("iB")}
        by_letter |= {unit.lower().replace("i", ""): unit for unit in self.units if unit.endswith("iB")}
        unit = by_letter.get(match[2].lower())
        return f"write {match[1]}{unit}" if unit else ""

    def schema(self) -> dict[str, Any]:
        """A string that ends in a unit."""
        return {"type": "string", "pattern": rf"^\d+(\.\d+)?\s*({'|'.join(self.units)})$"}


def duration(example: str, minimum: str, maximum: str) -> Quantity:
    """A length of time."""
    return Quantity(Duration.parse, example, ("ms", "s", "m", "h", "d", "w"), minimum, maximum)


def size(example: str, minimum: str, maximum: str) -> Quantity:
    """An amount of memory or disk."""
    return Quantity(Size.parse, example, ("KiB", "MiB", "GiB", "TiB"), minimum, maximum)


@dataclass(frozen=True, slots=True)
class Count:
    """A whole number within bounds."""

    minimum: int
    maximum: int
    what: str = "a whole number"

    def read(self, node: yaml.Node, path: str, report: Report) -> Any:
        """The number."""
        expected = f"{self.what}, {self.minimum} to {self.maximum}"
        if not isinstance(node, yaml.ScalarNode) or not re.fullmatch(r"[+-]?\d{1,18}", str(node.value)):
            return report.add(node, path, found(node), expected)
        if node.tag == _STR:
            return report.add(node, path, f'`"{node.value}"`, text', expected, "remove the quotes")
        value = int(node.value)
        if not self.minimum <= value <= self.maximum:
            return report.add(node, path, f"`{node.value}`", expected)
        return value

    def schema(self) -> dict[str, Any]:
        """An integer with bounds."""
        return {"type": "integer", "minimum": self.minimum, "maximum": self.maximum}


@dataclass(frozen=True, slots=True)
class Flag:
    """`true` or `false`, and only these two spellings."""

    def read(self, node: yaml.Node, path: str, report: Report) -> Any:
        """The boolean."""
        if isinstance(node, yaml.ScalarNode) and node.tag == _BOOL and node.value in ("true", "false"):
            return node.value == "true"
        fix = ""
        if isinstance(node, yaml.ScalarNode):
            meant = {"yes": "true", "on": "true", "no": "false", "off": "false"}.get(
                str(node.value).lower(), ""
            )
            meant = meant or (str(node.value).lower() if str(node.value).lower() in ("true", "false") else "")
            fix = f"write {meant}" if meant else ""
        return report.add(node, path, found(node), "true or false", fix)

    def schema(self) -> dict[str, Any]:
        """A boolean."""
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One word of a few."""

    words: tuple[str, ...]

    def read(self, node: yaml.Node, path: str, report: Report) -> Any:
        """The word."""
        if _is_text(node) and node.value in self.words:
            return node.value
        near = nearest(str(node.value).lower(), self.words) if isinstance(node, yaml.ScalarNode) else ""
        fix = f"write {near}" if near else ""
        return report.add(node, path, found(node), "one of " + ", ".join(self.words), fix)

    def schema(self) -> dict[str, Any]:
        """An enumeration."""
        return {"enum": list(self.words)}


@dataclass(frozen=True, slots=True)
class Maybe:
    """A value that may be left out on purpose with `null`."""

    kind: Kind

    def read(self, node: yaml.Node, path: str, report: Report) -> Any:
        """The value, or None."""
        if isinstance(node, yaml.ScalarNode) and node.tag == _NULL:
            return None
        return self.kind.read(node, path, report)

    def schema(self) -> dict[str, Any]:
        """Null or the value."""
        return {"anyOf": [{"type": "null"}, self.kind.schema()]}


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list without repetitions."""

    kind: Kind
    maximum: int

    def read(self, node: yaml.Node, path: str, report: Report) -> Any:
        """The items as a tuple."""
        if not isinstance(node, yaml.SequenceNode):
            fix = f"write [{node.value}]" if isinstance(node, yaml.ScalarNode) and node.value else ""
            return report.add(node, path, found(node), "a list", fix)
        if len(node.value) > self.maximum:
            return report.add(node, path, f"{len(node.value)} items", f"at most {self.maximum}")
        items: list[Any] = []
        for index, child in enumerate(node.value):
            item = self.kind.read(child, f"{path}[{index}]", report)
            if item is not INVALID and item in items:
                report.add(
                    child, f"{path}[{index}]", f"`{child.value}` a second time", "each once", "remove it"
                )
            items.append(item)
        return tuple(items)

    def schema(self) -> dict[str, Any]:
        """An array."""
        return {"type": "array", "items": self.kind.schema(), "maxItems": self.maximum, "uniqueItems": True}


@dataclass(frozen=True, slots=True)
class MapOf:
    """Free names, each with a value of one kind."""

    key: Text
    kind: Kind

    def read(self, node: yaml.Node, path: str, report: Report) -> Any:
        """The entries as a dict in the order of the file."""
        if not isinstance(node, yaml.MappingNode):
            return report.add(node, path, found(node), "names and values")
        entries: dict[str, Any] = {}
        for name, child, _ in entries_of(node, path, report):
            key_node = next(key for key, value in node.value if value is child)
            if self.key.read(key_node, f"{path}.{name}", report) is not INVALID:
                entries[name] = self.kind.read(child, f"{path}.{name}", report)
        if not node.value:
            return report.add(node, path, "no entry", "at least one")
        return entries

    def schema(self) -> dict[str, Any]:
        """An object with free keys."""
        return {"type": "object", "additionalProperties": self.kind.schema(), "minProperties": 1}


def entries_of(node: yaml.MappingNode, path: str, report: Report) -> list[tuple[str, yaml.Node, yaml.Node]]:
    """Name, value node and key node of a mapping's entries; repeated and strange keys are reported."""
    entries: dict[str, tuple[yaml.Node, yaml.Node]] = {}
    for key, value in node.value:
        name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
        here = f"{path}.{name}" if path else name
        if not name or key.tag == "tag:yaml.org,2002:merge":
            report.add(key, path, "a merge key (`<<`)" if name else "a key that is not a word", "a plain key")
        elif name in entries:
            first = entries[name][1].start_mark.line + 1
            report.add(
                key, here, f"`{name}` a second time (first on line {first})", "each key once", "keep one"
            )
        else:
            entries[name] = (value, key)
    return [(name, value, key) for name, (value, key) in entries.items()]
