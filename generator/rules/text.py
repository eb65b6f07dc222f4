"""A file whose keys can be found again: its values at once, its lines when a finding asks."""

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
        file: its name in findings.
        text: all of it; empty for a file that is not there.
    """

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text

    @cached_property
    def data(self) -> Any:
        """Its value; None where there is none."""
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
        """How many steps of a path are there."""
        return self._steps(path)[1]

    def place(self, path: KeyPath) -> Place:
        """Where a key stands, or the nearest one above it that the text has."""
        node, _ = self._steps(path)
        if node is None:
            return Place(self.file)
        return Place(self.file, node.start_mark.line + 1, node.start_mark.column + 1)

    def line_of(self, part: str) -> Place:
        """The first line that holds a piece of text."""
        before, found, _ = self.text.partition(part)
        return Place(self.file, before.count("\n") + 1) if found else Place(self.file)

    def _steps(self, path: KeyPath) -> tuple[yaml.Node | None, int]:
        """The node that a finding points at, and how many steps of the path lead there."""
        node, shown = self._root, self._root
        for count, step in enumerate(path):
            key, below = _below(node, step)
            if below is None:
                return shown, count
            node = below
            # A value may begin on the next line; its key is where one looks.
            shown = below if isinstance(below, yaml.ScalarNode) or key is None else key
            if isinstance(below, yaml.ScalarNode) and not below.value and key is not None:
                shown = key
        return shown, len(path)


class _Stacked(ConfigText):
    """Several texts, each merged over those before it: a key stands in the last one that has it."""

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
    """Several texts as one in which keys are found; an empty one where there is none."""
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
    """Whether a list's entry is the one that is meant: by its value, or by the name in `NAME=value`."""
    if isinstance(item, yaml.MappingNode) and isinstance(step, Mapping):
        return {key.value: value.value for key, value in item.value} == {k: str(v) for k, v in step.items()}
    return isinstance(item, yaml.ScalarNode) and (
        item.value == str(step) or item.value.startswith(f"{step}=")
    )


class Layered:
    """A rendered text with an override over it.

    Attributes:
        rendered: what the kit rendered, or what was made of it by hand.
        override: what the user adds.
        edited: whether the rendered file was changed by hand.
        data: the two merged, as they take effect.
    """

    def __init__(
        self, rendered: ConfigText, override: ConfigText, data: Any, *, edited: bool = False
    ) -> None:
        self.rendered = rendered
        self.override = override
        self.edited = edited
        self.data = data

    def get(self, *path: Any) -> Any:
        """The value at a path; None where there is none."""
        return dig(self.data, *path)

    def cause(self, path: KeyPath) -> Place | None:
        """Where the user says a value outside of the spec: in the override or by hand; None where the spec does.

        What is missing below something that only the override has is the override's.
        """
        if self.override.text:
            over = self.override.depth(path)
            if over == len(path) or over > self.rendered.depth(path):
                return self.override.place(path)
        return self.rendered.place(path) if self.edited else None

    def shows(self, path: KeyPath) -> Place:
        """Where a value shows."""
        if self.override.text and self.override.depth(path) > self.rendered.depth(path):
            return self.override.place(path)
        return self.rendered.place(path)


def dig(data: Any, *path: Any) -> Any:
    """The value below mappings and lists; None where a step is not there, whatever stands in its place."""
    for step in path:
        if isinstance(data, Mapping):
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return None
    return data


def mapping(data: Any) -> Mapping[str, Any]:
    """A mapping as it is, whatever else as an empty one."""
    return data if isinstance(data, Mapping) else {}


def words(data: Any) -> list[str]:
    """A list's scalars as text, a single value as one."""
    if isinstance(data, list):
        return [str(item) for item in data if item is not None and not isinstance(item, Mapping | list)]
    return [] if data is None or isinstance(data, Mapping) else [str(data)]
