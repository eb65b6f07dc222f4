"""Generate the JSON Schema (draft 2020-12) of an answer from its dataclass. Objects allow no other keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_DEFINITIONS = "#/$defs/"
_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean"}


def record(shape: type[Any], shared: Mapping[type[Any], str]) -> Schema:
    """Return the schema of a dataclass.

    Args:
        shape: The dataclass.
        shared: Dataclasses that several answers have, with their names in the definitions.
    """
    hints = get_type_hints(shape, include_extras=True)
    named = {field.name.removesuffix("_"): field for field in fields(shape)}
    return {
        "type": "object",
        "description": about(shape).removesuffix("."),
        "properties": {name: _of_field(field, hints[field.name], shared) for name, field in named.items()},
        "required": [name for name, field in named.items() if not _is_optional(field)],
        "additionalProperties": False,
    }


def about(shape: type[Any]) -> str:
    """Return the first paragraph of a dataclass's docstring."""
    return " ".join((shape.__doc__ or "").partition("\n\n")[0].split())


def definitions(schema: Schema, shared: Mapping[type[Any], str]) -> dict[str, Schema]:
    """Return the shared dataclasses that a schema refers to, directly or through others."""
    shapes = {name: shape for shape, name in shared.items()}
    found: dict[str, Schema] = {}
    names = _referred(schema)
    while names - found.keys():
        found |= {name: record(shapes[name], shared) for name in names - found.keys()}
        names = {name for one in found.values() for name in _referred(one)}
    return dict(sorted(found.items()))


def _is_optional(field: Field[Any]) -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


def _of_field(field: Field[Any], hint: Any, shared: Mapping[type[Any], str]) -> Schema:
    schema = _of(hint, shared, left_out=field.default)
    if schema.get("type") == "number" and field.name.endswith("_ns"):
        schema["type"] = "integer"  # as `kit.printing` writes it
    return schema


def _of(hint: Any, shared: Mapping[type[Any], str], left_out: Any = MISSING) -> Schema:
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _of(inner[0], shared, left_out) | {"description": inner[-1]}
    if origin in (Union, UnionType):
        (one,) = (_of(each, shared) for each in inner if each is not NoneType)
        return one if left_out is None else _or_null(one)
    if origin is Literal or (isinstance(hint, type) and issubclass(hint, Enum)):
        values = [str(one) for one in inner] if origin is Literal else [str(one.value) for one in hint]
        return {"type": "string", "enum": values}
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _of(inner[1], shared)}
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return {"type": "array", "items": _of(inner[0], shared)}
    if hint in shared:
        return {"$ref": _DEFINITIONS + shared[hint], "description": about(hint).removesuffix(".")}
    if is_dataclass(hint) and isinstance(hint, type):
        return record(hint, shared)
    return {} if hint is Any else {"type": _TYPES[hint]}


def _or_null(schema: Schema) -> Schema:
    if "$ref" in schema:
        ref = {"$ref": schema["$ref"]}
        return {"description": schema["description"], "anyOf": [ref, {"type": "null"}]}
    if "enum" in schema:
        return schema | {"type": [schema["type"], "null"], "enum": [*schema["enum"], None]}
    return schema | {"type": [schema["type"], "null"]}


def _referred(schema: Any) -> set[str]:
    """Return the names of the definitions that a schema refers to, at any depth."""
    if isinstance(schema, list):
        return {name for one in schema for name in _referred(one)}
    if not isinstance(schema, dict):
        return set()
    own = {schema["$ref"].removeprefix(_DEFINITIONS)} if isinstance(schema.get("$ref"), str) else set()
    return own | {name for value in schema.values() for name in _referred(value)}
