"""YAML as the collector reads it: `yes` and `on` are text, `1e3` is a number, repeated keys are refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

import yaml


class GoLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Loader that reads scalars by the rules of go.yaml.in/yaml/v3."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}


_SCALARS = (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", "~nN"),
    ("int", r"[-+]?(?:0b[01_]+|0o?[0-7_]*|0x[0-9a-fA-F_]+|[1-9][0-9_]*)", "-+0123456789"),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("float", r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)", "-+."),
    ("merge", r"<<", "<"),
)
for _tag, _pattern, _first in _SCALARS:
    GoLoader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}",
        re.compile(rf"^(?:{_pattern})$"),
        [*_first, *([""] if _tag == "null" else [])],
    )


def _whole(_: Any, node: yaml.ScalarNode) -> int:
    text = node.value.replace("_", "")
    sign, digits = (text[0], text[1:]) if text[0] in "+-" else ("", text)
    if len(digits) > 1 and digits[0] == "0" and digits[1] not in "box":
        digits = f"0o{digits[1:]}"
    return int(sign + digits, 0)


def _number(_: Any, node: yaml.ScalarNode) -> float:
    return float(node.value.lower().replace(".inf", "inf").replace(".nan", "nan"))


GoLoader.add_constructor("tag:yaml.org,2002:int", _whole)
GoLoader.add_constructor("tag:yaml.org,2002:float", _number)


def load(text: str) -> Any:
    """Parse a text; None if it is empty, invalid, or has tags that the collector refuses."""
    try:
        return yaml.load(text, Loader=GoLoader) if text else None  # noqa: S506  # a safe loader
    except (yaml.YAMLError, ValueError):
        return None


def twice(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield name, line and column (counted from 1) of each key that is repeated in its mapping."""
    try:
        root = yaml.compose(text, Loader=GoLoader) if text else None
    except yaml.YAMLError:
        return
    yield from _twice(root, set())


def _twice(node: yaml.Node | None, seen: set[int]) -> Iterator[tuple[str, int, int]]:
    if node is None or id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _twice(item, seen)
    elif isinstance(node, yaml.MappingNode):
        names: set[str] = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in names and key.value != "<<":
                    yield key.value, key.start_mark.line + 1, key.start_mark.column + 1
                names.add(key.value)
            yield from _twice(value, seen)
