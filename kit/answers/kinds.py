"""All kinds of answers, and the JSON Schema of each."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from kit.answers.shape import DIALECT, Schema, record, referred

if TYPE_CHECKING:
    from kit.answers.shape import Answer

# The traces' verbs first, as in their help; then the others.
_SOURCES = (
    *("traces_search", "traces_endpoints", "traces_slowest", "traces_queues", "traces_critical_path"),
    *("traces_compare", "traces_lint", "traces_report", "spec", "operate", "queues", "schema"),
)


def all_kinds() -> dict[str, Answer]:
    """Every kind by its name, in the order of the documentation."""
    modules = [import_module(f"kit.answers.{name}") for name in _SOURCES]
    return {one.kind: one for module in modules for one in module.ANSWERS}


def schema_of(answer: Answer) -> Schema:
    """The JSON Schema of an answer, with the shared shapes that it names: it needs no other file."""
    from kit.answers.shapes import SHAPES

    head: dict[str, Schema] = {
        "kind": {"const": answer.kind, "description": "what the answer is"},
        "version": {"const": answer.version, "description": "of the kind"},
    }
    schema = record(answer.about, {**head, **answer.fields}, answer.optional)
    names, seen = referred(schema), set[str]()
    while names - seen:
        seen |= names
        names = {inner for name in names for inner in referred(SHAPES[name])}
    definitions = {"$defs": {name: SHAPES[name] for name in sorted(seen)}} if seen else {}
    return {"$schema": DIALECT, "title": answer.kind, **schema, **definitions}
