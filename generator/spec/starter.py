"""The spec that `kit init` writes: two required lines, and every default as a comment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import Field, fields
from typing import Any

from generator.spec.model import Spec
from generator.spec.record import default_of, is_required, plain

_WIDTH = 34


def starter(name: str, shape: type[Spec]) -> str:
    """Return the text of a starter spec.

    Args:
        name: name of the deployment.
        shape: class of the spec.
    """
    lines = [
        "# The spec of a tracing deployment. `kit generate` renders every config from it.",
        "# These two lines are required. Every other key is below, with its default: uncomment it to change it.",
        "spec: 1",
        f"name: {name}",
    ]
    for item in fields(shape):
        if "section" in item.metadata:
            lines += ["", f"# {item.metadata['doc']}", f"# {item.name}:", *_keys(item.metadata["section"], 1)]
        elif not is_required(item):
            lines += ["", f"# {item.metadata['doc']}", f"# {item.name}: {_value(item)}"]
    return "\n".join(lines) + "\n"


def _keys(section: type, depth: int) -> Iterator[str]:
    indent = "# " + "  " * depth
    for item in fields(section):
        if "section" in item.metadata:
            yield f"{indent}{item.name}:"
            yield from _keys(item.metadata["section"], depth + 1)
            continue
        entry = f"{indent}{item.name}: {_value(item)}"
        comment = item.metadata["doc"]
        if len(entry) > _WIDTH:
            yield f"{indent}# {comment}"
            yield entry
        else:
            yield f"{entry:<{_WIDTH}}  # {comment}"


def _value(item: Field[Any]) -> str:
    value = plain(default_of(item))
    if item.name == "version" and isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list):
        return "[" + ", ".join(value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {entry}" for key, entry in value.items()) + "}"
    return value if isinstance(value, str) else json.dumps(value)
