"""Answers told to a person: the fields of one, and all of them as a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from kit.answers.json_schema import Schema
from kit.answers.kinds import Kind, schema_of, shared_shapes

_NAMES = {"string": "text", "boolean": "true or false", "array": "list"}

_HEAD = """# JSON answers

Rendered by `kit explain answers --output markdown`: edit the answers' dataclasses, not this.

With `--output json` a verb prints one JSON object on stdout, with these two keys and those of its kind:

| key | says |
| --- | --- |
| `kind` | what the answer is, as `traces.endpoints` |
| `version` | of the kind; a whole number, 1 or more |

Version policy: a field may be added to a kind, or a value to a list of values, without a new version, so readers pass
over what they don't know. When a field is renamed or removed, or comes to mean something else, the kind's version goes
up.

- Words are for stderr; stdout holds the answer alone, or nothing: an error (exit codes 2, 3 and 4, and 1 where it is
  the input that is wrong) prints none. Exit code 1 for findings, or a missed objective, and 5 come with an answer where
  there is something to say.
- Times with `_ns` are whole nanoseconds, `_ms` milliseconds, `_s` seconds; moments are RFC 3339 in UTC; `_unix_nano` is
  nanoseconds since 1970 as text, as in OTLP JSON. Shares are 0 to 1. There is no NaN and no infinity.
- A key is always there unless its type says *optional*; what is not known is null.

`kit explain traces.endpoints` tells the fields of a kind, `--output schema` prints its JSON Schema (draft 2020-12). It
is exact for the kit that prints it: a key that is not in it makes an answer invalid. All verbs with `--output json` are
covered, and the tests hold every answer that they see against its schema.

    kit traces endpoints --from traces.jsonl --output json > answer.json
    kit explain traces.endpoints --output schema > schema.json
    check-jsonschema --schemafile schema.json answer.json"""


def lines(answer: Kind) -> Iterator[str]:
    """The fields of one answer, then those of the shapes that it names."""
    yield f"{answer.kind}, version {answer.version}: {answer.command} --output json"
    yield answer.about
    schema = schema_of(answer)
    yield from ("", *_columns(_fields(schema)))
    for name, shape in schema.get("$defs", {}).items():
        yield from ("", f"{name}: {shape['description']}", *_columns(_fields(shape)))


def markdown(answers: Iterable[Kind]) -> Iterator[str]:
    """All of them as a page."""
    answers = list(answers)
    yield from (*_HEAD.splitlines(), "", "| kind | version | printed by |", "| --- | --- | --- |")
    for one in answers:
        yield f"| [`{one.kind}`](#{_anchor(one.kind)}) | {one.version} | `{one.command}` |"
    for one in answers:
        yield from ("", f"## {one.kind}", "", one.about, "", *_table(_fields(schema_of(one))))
    yield from ("", "## Shapes that several answers share")
    for name, shape in shared_shapes().items():
        yield from ("", f"### {name}", "", f"{_sentence(shape['description'])}.", "")
        fields = list(_fields(shape))
        yield from _table(fields) if fields else ()


def _fields(schema: Schema, path: str = "") -> Iterator[tuple[str, str, str]]:
    """Path, type and meaning of each field, those within lists and objects below it."""
    required = schema.get("required", ())
    for key, field in schema.get("properties", {}).items():
        if not path and key in ("kind", "version") and "const" in field:
            continue
        yield from _field(field, f"{path}{key}", is_optional=key not in required)


def _field(field: Schema, path: str, *, is_optional: bool = False) -> Iterator[tuple[str, str, str]]:
    told = ", ".join(f"`{value}`" for value in field.get("enum", ()) if value is not None)
    about = field["description"] + (f" ({told})" if told else "")
    yield path, _type(field) + (", optional" if is_optional else ""), about
    inner = field.get("items")
    if inner is not None and "$ref" not in inner:
        yield from _within(inner, f"{path}[]")
    values = field.get("additionalProperties")
    if isinstance(values, dict):
        yield from _within(values, f"{path}.*")
    yield from _fields(field, f"{path}.")


def _within(schema: Schema, path: str) -> Iterator[tuple[str, str, str]]:
    """What is in a list or in an object: a plain value is told with its type, an object by its fields."""
    if "properties" in schema:
        yield from _fields(schema, f"{path}.")
    else:
        yield from _field(schema, path)


def _type(field: Schema) -> str:
    if "anyOf" in field:
        return f"{_shape(field['anyOf'][0])} or null"
    if "$ref" in field:
        return _shape(field)
    if "$ref" in field.get("items", {}):
        return f"list of {_shape(field['items'])}"
    said = field.get("type", "any")
    return " or ".join(_NAMES.get(one, str(one)) for one in (said if isinstance(said, list) else [said]))


def _shape(field: dict[str, Any]) -> str:
    return str(field["$ref"]).rpartition("/")[2]


def _columns(fields: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    rows = list(fields)
    widths = [max((len(row[place]) for row in rows), default=0) for place in (0, 1)]
    for path, kind, about in rows:
        yield f"  {path:<{widths[0]}}  {kind:<{widths[1]}}  {about}"


def _table(fields: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    yield from ("| field | type | is |", "| --- | --- | --- |")
    shapes = shared_shapes()
    for path, kind, about in fields:
        base = kind.split(" or ")[0].split(",")[0].removeprefix("list of ")
        said = kind.replace(base, f"[{base}](#{_anchor(base)})", 1) if base in shapes else kind
        yield f"| `{path}` | {said} | {about.replace('|', chr(92) + '|')} |"


def _anchor(title: str) -> str:
    return title.lower().replace(".", "")


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
