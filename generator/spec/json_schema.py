"""The JSON Schema of a spec, for editors."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any

from generator.spec.model import Spec
from generator.spec.quantities import Duration, Size


def json_schema() -> dict[str, Any]:
    """The schema (draft 2020-12) of `kit.yaml`."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "kit.yaml", **_object(Spec)}


def _object(section: type) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    required = []
    for item in fields(section):
        doc = item.metadata["doc"]
        if "section" in item.metadata:
            properties[item.name] = {"description": doc, **_object(item.metadata["section"])}
            continue
        properties[item.name] = {"description": doc, **item.metadata["kind"].schema()}
        if item.default is not MISSING:
            properties[item.name]["default"] = plain(item.default)
        elif item.default_factory is not MISSING:
            properties[item.name]["default"] = plain(item.default_factory())
        else:
            required.append(item.name)
    schema = {"type": "object", "additionalProperties": False, "properties": properties}
    return {**schema, "required": required} if required else schema


def plain(value: Any) -> Any:
    """A value of the model as JSON or YAML would hold it."""
    if isinstance(value, Duration | Size):
        return str(value)
    return list(value) if isinstance(value, tuple) else value
