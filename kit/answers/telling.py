"""Describe JSON answers: the fields of one, or all of them as a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from kit.answers.json_schema import Schema
from kit.answers.kinds import Kind, schema_of, shared_shapes

_NAMES = {"string": "text", "boolean": "true or false", "array": "list"}

_HEAD = """# JSON answers

Rendered by `kit explain answers --output markdown`: edit the answers' dataclasses, not this.

With `--output json` a verb prints one JSON object on stdout, with these two keys and those of its kind:

| key | meaning |
| --- | --- |
| `kind` | kind of the answer, such as `traces.endpoints` |
| `version` | version of the kind: a whole number, 1 or more |

Version policy: a new field of a kind, or a new value in a list of values, does not change the version, so readers must
ignore unknown ones. When a field is renamed or removed, or gets another meaning, the kind's version is raised.

- Messages go to stderr. stdout has only the answer, or nothing: an error prints no answer (exit codes 2, 3 and 4, and 1
  for invalid input). Exit code 1 for findings or a missed objective, and exit code 5, come with an answer if there is
  something to report.
- Times with `_ns` are whole nanoseconds, with `_ms` milliseconds, with `_s` seconds. Moments are RFC 3339 in UTC;
  `_unix_nano` is nanoseconds since 1970 as text, as in OTLP JSON. Shares are 0 to 1. There is no NaN and no infinity.
- A key is always present unless its type is *optional*. An unknown value is null.

`kit explain traces.endpoints` lists the fields of a kind, `--output schema` prints its JSON Schema (draft 2020-12). The
schema is exact for the kit that prints it: an unknown key makes an answer invalid. It covers all verbs with
`--output json`, and the tests check all their answers against it.

    kit traces endpoints --from traces.jsonl --output json > answer.json
    kit explain traces.endpoints --output schema > schema.json
    check-jsonschema --schemafile schema.json answer.json"""


def lines(answer: Kind) -> Iterator[str]:
    """Yield the fields of one answer, then those of its shared shapes."""
    yield f"{answer.kind}, version {answer.version}: {answer.command} --output json"
    yield answer.about
    schema = schema_of(answer)
    yield from ("", *_columns(_fields(schema)))
    for name, shape in schema.get("$defs", {}).items():
        yield from ("", f"{name}: {shape['description']}", *_columns(_fields(shape)))


def markdown(answers: Iterable[Kind]) -> Iterator[str]:
    """Yield the answers as a Markdown page."""
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
    """Yield path, type and meaning of each field. Fields in lists and objects follow their parent."""
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
    """Yield the content of a list or object: a plain value with its type, an object with its fields."""
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
    yield from ("| field | type | meaning |", "| --- | --- | --- |")
    shapes = shared_shapes()
    for path, kind, about in fields:
        base = kind.split(" or ")[0].split(",")[0].removeprefix("list of ")
        said = kind.replace(base, f"[{base}](#{_anchor(base)})", 1) if base in shapes else kind
        yield f"| `{path}` | {said} | {about.replace('|', chr(92) + '|')} |"


def _anchor(title: str) -> str:
    return title.lower().replace(".", "")


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
