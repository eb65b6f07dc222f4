"""YAML and JSON texts: their values, and the place of each key, which is found only for a finding."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import yaml

from findings.finding import Place
from generator.overrides.tags import Loader

KeyPath = tuple[Any, ...]


class ConfigText:
    """One YAML or JSON text.

    Attributes:
        file: Name in findings.
        text: Whole text; empty for a file that does not exist.
    """

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text

    @cached_property
    def data(self) -> Any:
        """Parsed value; None for an empty text."""
        if self.file.endswith(".json"):
            return json.loads(self.text) if self.text else None
        return yaml.load(self.text, Loader=Loader) if self.text else None  # noqa: S506  # a safe loader

    @cached_property
    def _root(self) -> yaml.Node | None:
        try:
            return yaml.compose(self.text, Loader=Loader) if self.text else None
        except yaml.YAMLError:
            return None  # JSON that is not YAML, with tabs for instance

    def depth(self, path: KeyPath) -> int:
        """Return the number of steps of a path that exist in the text."""
        return self._steps(path)[1]

    def place(self, path: KeyPath) -> Place:
        """Return the place of a key, or of the nearest key above it that exists."""
        node, _ = self._steps(path)
        if node is None:
            return Place(self.file)
        return Place(self.file, node.start_mark.line + 1, node.start_mark.column + 1)

    def line_of(self, part: str) -> Place:
        """Return the place of the first line that contains a text."""
        before, found, _ = self.text.partition(part)
        return Place(self.file, before.count("\n") + 1) if found else Place(self.file)

    def _steps(self, path: KeyPath) -> tuple[yaml.Node | None, int]:
        """Return the node that a finding points at, and the number of steps of the path that exist."""
        node, shown = self._root, self._root
        for count, step in enumerate(path):
            key, below = _below(node, step)
            if below is None:
                return shown, count
            node = below
            # A value may begin on the next line, so point at its key.
            shown = below if isinstance(below, yaml.ScalarNode) or key is None else key
            if isinstance(below, yaml.ScalarNode) and not below.value and key is not None:
                shown = key
        return shown, len(path)


class _Stacked(ConfigText):
    """Several texts, each merged over those before it: the last one that has a key sets it."""

    def __init__(self, texts: Sequence[ConfigText]) -> None:
        super().__init__(texts[-1].file, "\n".join(one.text for one in texts))
        self._texts = texts

    def depth(self, path: KeyPath) -> int:
        return max(one.depth(path) for one in self._texts)

    def place(self, path: KeyPath) -> Place:
        depth = self.depth(path)
        return next(one for one in reversed(self._texts) if one.depth(path) == depth).place(path)

    def line_of(self, part: str) -> Place:
        return next((one for one in reversed(self._texts) if part in one.text), self._texts[-1]).line_of(part)


def stacked(texts: Sequence[ConfigText]) -> ConfigText:
    """Combine several texts into one in which keys can be found; empty for no texts."""
    if not texts:
        return ConfigText("", "")
    return texts[0] if len(texts) == 1 else _Stacked(texts)


def _below(node: yaml.Node | None, step: Any) -> tuple[yaml.Node | None, yaml.Node | None]:
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == str(step)), (None, None))
    if isinstance(node, yaml.SequenceNode):
        if isinstance(step, int):
            return None, node.value[step] if step < len(node.value) else None
        return None, next((item for item in node.value if _is(item, step)), None)
    return None, None


def _is(item: yaml.Node, step: Any) -> bool:
    """Whether a list's entry matches a step of a path: by its value, or by the name in `NAME=value`."""
    if isinstance(item, yaml.MappingNode) and isinstance(step, Mapping):
        return {key.value: value.value for key, value in item.value} == {k: str(v) for k, v in step.items()}
    return isinstance(item, yaml.ScalarNode) and (
        item.value == str(step) or item.value.startswith(f"{step}=")
    )


class Layered:
    """A rendered text with an override over it.

    Attributes:
        rendered: Text that the kit rendered, or its version edited by hand.
        override: Text of the user's override.
        edited: Whether the rendered file was edited by hand.
        data: Value of both texts merged, as the program reads it.
    """

    def __init__(
        self, rendered: ConfigText, override: ConfigText, data: Any, *, edited: bool = False
    ) -> None:
        self.rendered = rendered
        self.override = override
        self.edited = edited
        self.data = data

    def get(self, *path: Any) -> Any:
        """Return the value at a path; None if there is none."""
        return dig(self.data, *path)

    def cause(self, path: KeyPath) -> Place | None:
        """Return the place where the user set a value outside of the spec, in an override or by hand; else None.

        For a missing key, the cause is the override if only the override has the key above it.
        """
        if self.override.text:
            over = self.override.depth(path)
            if over == len(path) or over > self.rendered.depth(path):
                return self.override.place(path)
        return self.rendered.place(path) if self.edited else None

    def shows(self, path: KeyPath) -> Place:
        """Return the place of a value in the merged config."""
        if self.override.text and self.override.depth(path) > self.rendered.depth(path):
            return self.override.place(path)
        return self.rendered.place(path)


def dig(data: Any, *path: Any) -> Any:
    """Return the value at a path through mappings and lists; None if a step does not exist."""
    for step in path:
        if isinstance(data, Mapping):
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return None
    return data


def mapping(data: Any) -> Mapping[str, Any]:
    """Return a mapping unchanged, and an empty mapping for any other value."""
    return data if isinstance(data, Mapping) else {}


def words(data: Any) -> list[str]:
    """Return the scalars of a list as text; a single value counts as a list of one."""
    if isinstance(data, list):
        return [str(item) for item in data if item is not None and not isinstance(item, Mapping | list)]
    return [] if data is None or isinstance(data, Mapping) else [str(data)]
