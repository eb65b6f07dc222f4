"""Read a section: keys and values ⇒ an instance of its class, with its JSON Schema."""

from __future__ import annotations

from dataclasses import MISSING, Field, dataclass, fields
from typing import Any

import yaml

from generator.spec.containers import entries_of
from generator.spec.kinds import Text
from generator.spec.problems import INVALID, Problems, found, nearest
from generator.spec.quantities import Duration, Percent, Size


@dataclass(frozen=True, slots=True)
class Record:
    """A mapping with known keys: a section, or an item of a list of sections.

    Attributes:
        section: Dataclass whose fields come from `keys.option`, `keys.required` and `keys.section`.
    """

    section: type

    def read(self, node: yaml.Node, path: str, report: Problems) -> Any:
        """Return the section; report every mistake and return `INVALID` if it has one."""
        if not isinstance(node, yaml.MappingNode):
            return report.add(
                node, path, found(node), "keys and values", "`kit init --stdout` shows all keys"
            )
        known = {item.name: item for item in fields(self.section)}
        values: dict[str, Any] = {}
        for name, child, key in entries_of(node, path, report):
            here = f"{path}.{name}" if path else name
            if name in known:
                values[name] = kind_of(known[name]).read(child, here, report)
            else:
                near = nearest(name, list(known)) or nearest(name.replace("-", "_"), list(known))
                expected = "one of " + ", ".join(known)
                report.add(key, here, f"`{name}` is not a key of {path or 'a spec'}", expected,
                           f"did you mean `{near}`?" if near else "remove it")  # fmt: skip
        for name, item in known.items():
            if is_required(item) and name not in values:
                example = "spec: 1" if name == "spec" else f"{name}: …"
                here = f"{path}.{name}" if path else name
                report.add(node, here, "missing", item.metadata["doc"], f"add `{example}`")
                values[name] = INVALID
        return INVALID if any(value is INVALID for value in values.values()) else self.section(**values)

    def schema(self) -> dict[str, Any]:
        """Return a schema of an object with these keys only."""
        properties: dict[str, Any] = {}
        for item in fields(self.section):
            properties[item.name] = {"description": item.metadata["doc"], **kind_of(item).schema()}
            if "section" not in item.metadata and not is_required(item):
                properties[item.name]["default"] = plain(default_of(item))
        required = [item.name for item in fields(self.section) if is_required(item)]
        schema = {"type": "object", "additionalProperties": False, "properties": properties}
        return {**schema, "required": required} if required else schema


@dataclass(frozen=True, slots=True)
class TextOrRecord:
    """Kind of a section that may also be written as one text.

    Attributes:
        text: Kind of the text.
        key: The section's key that the text stands for.
        record: The section.
    """

    text: Text
    key: str
    record: Record

    def read(self, node: yaml.Node, path: str, report: Problems) -> Any:
        """Return the section."""
        if isinstance(node, yaml.MappingNode):
            return self.record.read(node, path, report)
        text = self.text.read(node, path, report)
        return text if text is INVALID else self.record.section(**{self.key: text})

    def schema(self) -> dict[str, Any]:
        """Return a schema of a string or an object."""
        return {"anyOf": [self.text.schema(), self.record.schema()]}


def kind_of(item: Field[Any]) -> Any:
    """Return the reader of a field's value."""
    return Record(item.metadata["section"]) if "section" in item.metadata else item.metadata["kind"]


def is_required(item: Field[Any]) -> bool:
    """Whether a field has no default."""
    return item.default is MISSING and item.default_factory is MISSING


def default_of(item: Field[Any]) -> Any:
    """Return the default of a field."""
    return item.default_factory() if item.default_factory is not MISSING else item.default


def plain(value: Any) -> Any:
    """Convert a value of the spec to its form in JSON or YAML."""
    if isinstance(value, Duration | Percent | Size):
        return str(value)
    return list(value) if isinstance(value, tuple) else value
