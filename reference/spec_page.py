"""docs/reference/spec.md: every key of kit.yaml, from the classes that parse it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import Field, dataclass, fields
from typing import Any

from generator.kit_yaml import spec_class
from generator.spec.containers import ListOf, Maybe
from generator.spec.record import Record, TextOrRecord, default_of, is_required, plain
from reference.markdown import code, generated, table
from reference.spec_examples import EXAMPLES
from reference.value_kinds import example_of, in_words

_OPENING = """After this page you know every key of `kit.yaml`: its values, its default, the first release that has
it, and an example. Only the keys `spec` and `name` are required:

```yaml
spec: 1
name: shop
```

- A quantity has a unit: `7d`, `512MiB`, `99%`, `400ms`. A version is in quotes.
- A key that is not listed here is an error. The kit reports all errors in a spec at once, each with its line.
- `kit init --stdout` prints a spec with every key and its default as a comment. `kit init --json-schema` prints a JSON
  Schema for editors.
- In a path, `[]` stands for each item of a list."""


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One key of the spec.

    Attributes:
        path: Path of the key, such as `collector.queue.size`; `[]` stands for each item of a list.
        kind: Kind of the value, which parses it; see `generator.spec.kinds`.
        default: Default value as YAML, or `required`.
        doc: Purpose of the key.
        since: First release that has the key.
        example: Example of a value as YAML.
    """

    path: str
    kind: Any
    default: str
    doc: str
    since: str
    example: str


def lines() -> Iterator[str]:
    """Yield the lines of the page."""
    yield from generated("The spec: kit.yaml", _OPENING)
    shape = spec_class()
    top = [item for item in fields(shape) if "section" not in item.metadata]
    yield from ("", "## Top level", *_table(row for item in top for row in _rows(item, "")))
    for item in fields(shape):
        if "section" in item.metadata:
            doc = item.metadata["doc"]
            yield from ("", f"## {item.name}", "", f"{doc[:1].upper()}{doc[1:]}.")
            yield from _table(_rows_of(item.metadata["section"], item.name))


def rows() -> list[KeyRow]:
    """Return a row for every key of the spec that holds a value, not a section."""
    return list(_rows_of(spec_class(), ""))


def _table(found: Iterator[KeyRow]) -> Iterator[str]:
    heads = ("key", "value", "default", "since", "example", "purpose")
    yield from table(
        heads,
        [
            (code(row.path), in_words(row.kind), row.default, row.since, code(row.example), row.doc)
            for row in found
        ],
    )


def _rows_of(section: type, path: str) -> Iterator[KeyRow]:
    for item in fields(section):
        yield from _rows(item, path)


def _rows(item: Field[Any], above: str) -> Iterator[KeyRow]:
    path = f"{above}.{item.name}" if above else item.name
    if "section" in item.metadata:
        yield from _rows_of(item.metadata["section"], path)
        return
    kind = item.metadata["kind"]
    default = "required" if is_required(item) else code(_yaml(plain(default_of(item))))
    example = EXAMPLES.get(path) or example_of(kind)
    yield KeyRow(path, kind, default, item.metadata["doc"], item.metadata.get("since", "0.1.0"), example)
    inner, inside = _inside(kind)
    if inner is not None:
        yield from _rows_of(inner.section, path + inside)


def _inside(kind: Any) -> tuple[Record | None, str]:
    """Return the record inside a value, and the infix of its keys' paths (`[]` for each list)."""
    inside = ""
    while isinstance(kind, Maybe | ListOf):
        inside += "[]" if isinstance(kind, ListOf) else ""
        kind = kind.kind
    kind = kind.record if isinstance(kind, TextOrRecord) else kind
    return (kind if isinstance(kind, Record) else None), inside


def _yaml(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(map(_yaml, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_yaml(entry)}" for key, entry in value.items()) + "}"
    return str(value)
