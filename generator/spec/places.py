"""Places of keys in a spec's text, for problems that concern two keys."""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from generator.spec.problem import Problem
from generator.spec.source import position


@dataclass(frozen=True, slots=True)
class SpecText:
    """The text of a spec as YAML nodes.

    Attributes:
        file: File as the user named it.
        root: Top node of the document.
    """

    file: str
    root: yaml.MappingNode

    def problem(self, path: str, found: str, expected: str, fix: str) -> Problem:
        """Return a problem at a key or at an item such as `services[0]`; if missing, at the nearest key above it."""
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
