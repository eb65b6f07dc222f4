"""Secrets: a spec refers to them and never contains their values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

from generator.spec.kinds import Text
from generator.spec.problems import Problems, found

_EXPECTED = "{env: NAME} or {file: PATH}"
_VARIABLE = Text(r"[A-Za-z_][A-Za-z0-9_]*", "the name of an environment variable")
_FILE = Text(r"[^\0]+", "the path of a file that contains only the secret", max_length=4096)


@dataclass(frozen=True, slots=True)
class Secret:
    """Source of a secret, read when the deployment starts; exactly one of `env` and `file` is set.

    Attributes:
        env: Name of an environment variable, or empty.
        file: Path of a file, or empty.
    """

    env: str = ""
    file: str = ""

    @property
    def name(self) -> str:
        """Name of the secret within the deployment."""
        return self.env or re.sub(r"[^A-Za-z0-9_-]+", "-", self.file).strip("-")

    def __str__(self) -> str:
        return f"{{env: {self.env}}}" if self.env else f"{{file: {self.file}}}"


@dataclass(frozen=True, slots=True)
class TextOrSecret:
    """Kind of a value that is a plain text or a reference to a secret."""

    text: Text

    def read(self, node: yaml.Node, path: str, report: Problems) -> Any:
        """Return the text, or a `Secret`."""
        kind = SecretReference() if isinstance(node, yaml.MappingNode) else self.text
        return kind.read(node, path, report)

    def schema(self) -> dict[str, Any]:
        """Return a schema of a string, or of an object with one of two keys."""
        return {"anyOf": [self.text.schema(), SecretReference().schema()]}


@dataclass(frozen=True, slots=True)
class SecretReference:
    """Kind of a reference to a secret, in one of two forms."""

    def read(self, node: yaml.Node, path: str, report: Problems) -> Any:
        """Return a `Secret`; a value in clear text is refused, and not repeated in the message."""
        if isinstance(node, yaml.ScalarNode):
            return report.add(node, path, "a value in clear text", _EXPECTED,
                              "put the value into a variable or a file, and refer to it here")  # fmt: skip
        if not isinstance(node, yaml.MappingNode):
            return report.add(node, path, found(node), _EXPECTED)
        names = [key.value for key, _ in node.value]
        if names not in (["env"], ["file"]):
            shown = ", ".join(f"`{name}`" for name in names) or "nothing"
            return report.add(node, path, shown, _EXPECTED)
        kind = _VARIABLE if names == ["env"] else _FILE
        value = kind.read(node.value[0][1], f"{path}.{names[0]}", report)
        return Secret(**{names[0]: value}) if isinstance(value, str) else value

    def schema(self) -> dict[str, Any]:
        """Return a schema of an object with one of two keys."""
        return {
            "oneOf": [
                {"type": "object", "additionalProperties": False, "required": [name],
                 "properties": {name: kind.schema()}}
                for name, kind in (("env", _VARIABLE), ("file", _FILE))
            ]
        }  # fmt: skip
