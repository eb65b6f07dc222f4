"""YAML with Compose's two tags, `!reset` and `!override`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Reset:
    """`!reset`: the key is removed."""


@dataclass(frozen=True, slots=True)
class Replaced:
    """`!override`: the value replaces the other value instead of being merged with it."""

    value: Any


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Loads YAML like Compose."""


def _replaced(loader: Any, node: yaml.Node) -> Replaced:
    if isinstance(node, yaml.MappingNode):
        return Replaced(loader.construct_mapping(node, deep=True))
    if isinstance(node, yaml.SequenceNode):
        return Replaced(loader.construct_sequence(node, deep=True))
    return Replaced(loader.construct_scalar(node))


Loader.add_constructor("!reset", lambda _loader, _node: Reset())
Loader.add_constructor("!override", _replaced)
