"""Kinds of value that contain others: null or a value, lists, names with values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

from generator.spec.kinds import Kind, Text
from generator.spec.problems import INVALID, NULL, Problems, found


@dataclass(frozen=True, slots=True)
class Maybe:
    """A value that may also be `null`."""

    kind: Kind

    def read(self, node: yaml.Node, path: str, report: Problems) -> Any:
        """Return the value, or None."""
        if isinstance(node, yaml.ScalarNode) and node.tag == NULL:
            return None
        return self.kind.read(node, path, report)

    def schema(self) -> dict[str, Any]:
        """Return a schema of null or the value."""
        return {"anyOf": [{"type": "null"}, self.kind.schema()]}


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list without repeated items."""

    kind: Kind
    maximum: int

    def read(self, node: yaml.Node, path: str, report: Problems) -> Any:
        """Return the items as a tuple."""
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
                    child, f"{path}[{index}]", f"{found(child)} a second time", "each once", "remove it"
                )
            items.append(item)
        return INVALID if any(item is INVALID for item in items) else tuple(items)

    def schema(self) -> dict[str, Any]:
        """Return a schema of an array."""
        return {"type": "array", "items": self.kind.schema(), "maxItems": self.maximum, "uniqueItems": True}


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a command: a list that may contain a word more than once."""

    word: Text
    maximum: int

    def read(self, node: yaml.Node, path: str, report: Problems) -> Any:
        """Return the words as a tuple."""
        if not isinstance(node, yaml.SequenceNode):
            words = str(node.value).split() if isinstance(node, yaml.ScalarNode) else []
            fix = f"write [{', '.join(words)}]" if words else ""
            return report.add(node, path, found(node), "a list of words", fix)
        if len(node.value) > self.maximum:
            return report.add(node, path, f"{len(node.value)} words", f"at most {self.maximum}")
        words = [self.word.read(child, f"{path}[{index}]", report) for index, child in enumerate(node.value)]
        return INVALID if any(word is INVALID for word in words) else tuple(words)

    def schema(self) -> dict[str, Any]:
        """Return a schema of an array of strings."""
        return {"type": "array", "items": self.word.schema(), "maxItems": self.maximum}


@dataclass(frozen=True, slots=True)
class MapOf:
    """A mapping with arbitrary keys, each with a value of one kind."""

    key: Text
    kind: Kind

    def read(self, node: yaml.Node, path: str, report: Problems) -> Any:
        """Return the entries as a dict, in the order of the file."""
        if not isinstance(node, yaml.MappingNode):
            return report.add(node, path, found(node), "names and values")
        entries: dict[str, Any] = {}
        for name, child, _ in entries_of(node, path, report):
            key_node = next(key for key, value in node.value if value is child)
            known = self.key.read(key_node, f"{path}.{name}", report) is not INVALID
            entries[name] = self.kind.read(child, f"{path}.{name}", report) if known else INVALID
        if not node.value:
            return report.add(node, path, "no entry", "at least one")
        return INVALID if any(value is INVALID for value in entries.values()) else entries

    def schema(self) -> dict[str, Any]:
        """Return a schema of an object with arbitrary keys."""
        return {"type": "object", "additionalProperties": self.kind.schema(), "minProperties": 1}


def entries_of(node: yaml.MappingNode, path: str, report: Problems) -> list[tuple[str, yaml.Node, yaml.Node]]:
    """Return name, value node and key node of a mapping's entries; report repeated and invalid keys."""
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
