"""The kinds of single value a spec can hold: how each is read, what a bad one is told, its JSON Schema.

A kind reads one YAML node. When the node does not fit it reports a `Problem` and answers `INVALID`;
it never raises, so that one pass finds every mistake.
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
    """How one value of a spec is read."""

    def read(self, node: yaml.Node, path: str, report: Problems) -> Any:
        """The value of a node, or `INVALID` after reporting why not."""

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of such a value."""


def _is_text(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == STR


@dataclass(frozen=True, slots=True)
class Text:
    """A word of a given form."""

    pattern: str
    expected: str
    max_length: int = 200

    def read(self, node: yaml.Node, path: str, report: Problems) -> Any:
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

    def read(self, node: yaml.Node, path: str, report: Problems) -> Any:
        """The version as text."""
        expected = f'a version in quotes, as "{self.example}"'
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
        """A string; the known versions where only they are taken."""
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
        """The quantity as `Duration`, `Percent` or `Size`."""
        expected = f"a number with a unit ({', '.join(self.units)}), as {self.example}"
        if isinstance(node, yaml.ScalarNode) and node.tag in (INT, FLOAT):
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


def percent(example: str, minimum: str, maximum: str) -> Quantity:
    """A share of a whole."""
    return Quantity(Percent.parse, example, ("%",), minimum, maximum)


@dataclass(frozen=True, slots=True)
class WordOr:
    """One certain word, or a value."""

    word: str
    kind: Kind

    def read(self, node: yaml.Node, path: str, report: Problems) -> Any:
        """The word as text, or the value."""
        return self.word if _is_text(node) and node.value == self.word else self.kind.read(node, path, report)

    def schema(self) -> dict[str, Any]:
        """The word or the value."""
        return {"anyOf": [{"const": self.word}, self.kind.schema()]}


@dataclass(frozen=True, slots=True)
class Count:
    """A whole number within bounds."""

    minimum: int
    maximum: int
    what: str = "a whole number"

    def read(self, node: yaml.Node, path: str, report: Problems) -> Any:
        """The number."""
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
        """An integer with bounds."""
        return {"type": "integer", "minimum": self.minimum, "maximum": self.maximum}


@dataclass(frozen=True, slots=True)
class Flag:
    """`true` or `false`, and only these two spellings."""

    def read(self, node: yaml.Node, path: str, report: Problems) -> Any:
        """The boolean."""
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
        """A boolean."""
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One word of a few."""

    words: tuple[str, ...]

    def read(self, node: yaml.Node, path: str, report: Problems) -> Any:
        """The word."""
        if _is_text(node) and node.value in self.words:
            return node.value
        near = nearest(str(node.value).lower(), self.words) if isinstance(node, yaml.ScalarNode) else ""
        fix = f"write {near}" if near else ""
        return report.add(node, path, found(node), "one of " + ", ".join(self.words), fix)

    def schema(self) -> dict[str, Any]:
        """An enumeration."""
        return {"enum": list(self.words)}
