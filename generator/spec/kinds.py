"""Kinds of single values in a spec: how each is read, the messages for invalid values, and its JSON Schema.

A kind reads one YAML node. If the node is invalid, the kind reports a `Problem` and returns `INVALID`.
It never raises, so that one pass finds every mistake.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import yaml

from generator.spec.problems import BOOL, FLOAT, INT, STR, Problems, found, nearest
from generator.spec.quantities import Duration, Percent, Size


class Kind(Protocol):
    """Reader of one value of a spec."""

    def read(self, node: yaml.Node, path: str, report: Problems) -> Any:
        """Return the value of a node; report a problem and return `INVALID` if there is none."""

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of such a value."""


def _is_text(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == STR


@dataclass(frozen=True, slots=True)
class Text:
    """A text that matches a pattern."""

    pattern: str
    expected: str
    max_length: int = 200

    def read(self, node: yaml.Node, path: str, report: Problems) -> Any:
        """Return the text unchanged."""
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
        """Return a schema of a string with a pattern."""
        return {"type": "string", "pattern": f"^(?:{self.pattern})$", "maxLength": self.max_length}


@dataclass(frozen=True, slots=True)
class Version:
    """A version, always in quotes: YAML reads `2026.10` as the number 2026.1."""

    example: str
    known: tuple[str, ...] = ()

    def read(self, node: yaml.Node, path: str, report: Problems) -> Any:
        """Return the version as text."""
        expected = f'a version in quotes, such as "{self.example}"'
        if isinstance(node, yaml.ScalarNode) and node.tag in (FLOAT, INT):
            why = "YAML drops trailing zeros: 2026.10 would become 2026.1" if node.tag == FLOAT else ""
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
        """Return a schema of a string, or of the known versions if only these are accepted."""
        return {"type": "string", **({"enum": list(self.known)} if self.known else {})}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A duration or a size, with its unit, within bounds."""

    parse: Callable[[str], Duration | Percent | Size]
    example: str
    units: tuple[str, ...]
    minimum: str
    maximum: str

    def read(self, node: yaml.Node, path: str, report: Problems) -> Any:
        """Return the quantity as `Duration`, `Percent` or `Size`."""
        expected = f"a number with a unit ({', '.join(self.units)}), such as {self.example}"
        if isinstance(node, yaml.ScalarNode) and node.tag in (INT, FLOAT):
            fix = f"add the unit: {node.value}{self._unit()}"
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
        """Return a schema of a string that ends in a unit."""
        return {"type": "string", "pattern": rf"^\d+(\.\d+)?\s*({'|'.join(self.units)})$"}


def duration(example: str, minimum: str, maximum: str) -> Quantity:
    """Return the kind of a length of time."""
    return Quantity(Duration.parse, example, ("ms", "s", "m", "h", "d", "w"), minimum, maximum)


def size(example: str, minimum: str, maximum: str) -> Quantity:
    """Return the kind of an amount of memory or disk."""
    return Quantity(Size.parse, example, ("KiB", "MiB", "GiB", "TiB"), minimum, maximum)


def percent(example: str, minimum: str, maximum: str) -> Quantity:
    """Return the kind of a percentage."""
    return Quantity(Percent.parse, example, ("%",), minimum, maximum)


@dataclass(frozen=True, slots=True)
class WordOr:
    """A fixed word, or a value."""

    word: str
    kind: Kind

    def read(self, node: yaml.Node, path: str, report: Problems) -> Any:
        """Return the word as text, or the value."""
        return self.word if _is_text(node) and node.value == self.word else self.kind.read(node, path, report)

    def schema(self) -> dict[str, Any]:
        """Return a schema of the word or the value."""
        return {"anyOf": [{"const": self.word}, self.kind.schema()]}


@dataclass(frozen=True, slots=True)
class Count:
    """A whole number within bounds."""

    minimum: int
    maximum: int
    what: str = "a whole number"

    def read(self, node: yaml.Node, path: str, report: Problems) -> Any:
        """Return the number."""
        expected = f"{self.what}, {self.minimum} to {self.maximum}"
        if not isinstance(node, yaml.ScalarNode) or not re.fullmatch(r"[+-]?\d{1,18}", str(node.value)):
            return report.add(node, path, found(node), expected)
        if node.tag == STR:
            return report.add(node, path, f'`"{node.value}"`, text', expected, "remove the quotes")
        value = int(node.value)
        if not self.minimum <= value <= self.maximum:
            return report.add(node, path, f"`{node.value}`", expected)
        return value

    def schema(self) -> dict[str, Any]:
        """Return a schema of an integer with bounds."""
        return {"type": "integer", "minimum": self.minimum, "maximum": self.maximum}


@dataclass(frozen=True, slots=True)
class Flag:
    """`true` or `false`, in no other spelling."""

    def read(self, node: yaml.Node, path: str, report: Problems) -> Any:
        """Return the boolean."""
        if isinstance(node, yaml.ScalarNode) and node.tag == BOOL and node.value in ("true", "false"):
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
        """Return a schema of a boolean."""
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One word of a fixed list."""

    words: tuple[str, ...]

    def read(self, node: yaml.Node, path: str, report: Problems) -> Any:
        """Return the word."""
        if _is_text(node) and node.value in self.words:
            return node.value
        near = nearest(str(node.value).lower(), self.words) if isinstance(node, yaml.ScalarNode) else ""
        fix = f"write {near}" if near else ""
        return report.add(node, path, found(node), "one of " + ", ".join(self.words), fix)

    def schema(self) -> dict[str, Any]:
        """Return a schema of an enumeration."""
        return {"enum": list(self.words)}
