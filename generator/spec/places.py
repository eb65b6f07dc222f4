"""Where each key stands in a spec's text, for mistakes that lie between two keys."""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from generator.spec.problem import Problem
from generator.spec.source import position


@dataclass(frozen=True, slots=True)
class SpecText:
    """The text of a spec as YAML nodes.

    Attributes:
        file: The file as the user named it.
        root: The document's top.
    """

    file: str
    root: yaml.MappingNode

    def problem(self, path: str, found: str, expected: str, fix: str) -> Problem:
        """Make a problem at a key, or an item such as `services[0]`; else at the nearest one above that is there."""
        return Problem(self.file, *position(self._node(path)), path, found, expected, fix)

    def _node(self, path: str) -> yaml.Node:
        node: yaml.Node = self.root
        for name in path.replace("[", ".[").split("."):
            if name.startswith("[") and isinstance(node, yaml.SequenceNode):
                below = node.value[int(name[1:-1])]
            elif isinstance(node, yaml.MappingNode):
                below = next((value for key, value in node.value if key.value == name), None)
            else:
                break
            if below is None:
                break
            node = below
        return node
