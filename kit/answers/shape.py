"""How an answer is described: few words that make a JSON Schema (draft 2020-12), every object of it closed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_DEFINITIONS = "#/$defs/"


@dataclass(frozen=True, slots=True)
class Answer:
    """One kind of answer.

    Attributes:
        kind: its name, as the answer itself says it.
        command: what prints it.
        about: what it answers, in a sentence.
        fields: what it holds besides `kind` and `version`.
        optional: those of them that need not be there.
        version: goes up when a field is renamed, removed or means something else; not when one is added.
    """

    kind: str
    command: str
    about: str
    fields: Mapping[str, Schema]
    optional: Collection[str] = ()
    version: int = 1


def text(about: str, values: Iterable[str] = ()) -> Schema:
    """Text; one of some values if they are given."""
    told: Schema = {"type": "string", "description": about}
    given = [str(value) for value in values]
    return told | {"enum": given} if given else told


def whole(about: str) -> Schema:
    """A whole number."""
    return {"type": "integer", "description": about}


def number(about: str) -> Schema:
    """Any number."""
    return {"type": "number", "description": about}


def flag(about: str) -> Schema:
    """True or false."""
    return {"type": "boolean", "description": about}


def anything(about: str) -> Schema:
    """Whatever a span or a rule brings."""
    return {"description": about}


def listing(about: str, item: Schema) -> Schema:
    """A list."""
    return {"type": "array", "description": about, "items": item}


def by_key(about: str, value: Schema) -> Schema:
    """An object whose keys are data."""
    return {"type": "object", "description": about, "additionalProperties": value}


def record(about: str, fields: Mapping[str, Schema], optional: Collection[str] = ()) -> Schema:
    """An object with these keys and no others."""
    return {
        "type": "object",
        "description": about,
        "properties": dict(fields),
        "required": [key for key in fields if key not in optional],
        "additionalProperties": False,
    }


def shared(name: str, about: str) -> Schema:
    """A shape that several answers share; see `kit.answers.shapes`."""
    return {"$ref": _DEFINITIONS + name, "description": about}


def or_null(schema: Schema) -> Schema:
    """The same, or null."""
    if "$ref" in schema:
        about = {"description": schema["description"]}
        return about | {"anyOf": [{"$ref": schema["$ref"]}, {"type": "null"}]}
    if "enum" in schema:
        return schema | {"type": [schema["type"], "null"], "enum": [*schema["enum"], None]}
    return schema | {"type": [schema["type"], "null"]}


def referred(schema: Any) -> set[str]:
    """The names of the shared shapes that a schema names, at any depth of its own."""
    if isinstance(schema, list):
        return {name for one in schema for name in referred(one)}
    if not isinstance(schema, dict):
        return set()
    own = {schema["$ref"].removeprefix(_DEFINITIONS)} if isinstance(schema.get("$ref"), str) else set()
    return own | {name for value in schema.values() for name in referred(value)}
