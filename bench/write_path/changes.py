"""Changes to rendered configs, to compare them with the originals: `jaeger:exporters.….num_consumers=200`.

COMPONENT:PATH=VALUE      a value in the component's YAML config, keys separated by dots
COMPONENT:env.NAME=VALUE  an environment variable of its process
COMPONENT:jvm+=ARGUMENT   an additional argument of Cassandra's JVM; `jvm-=` removes one
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

COMPONENTS = ("cassandra", "collector", "jaeger")
_CONFIGS = {
    "cassandra": "cassandra/cassandra.yaml",
    "collector": "collector/config.yaml",
    "jaeger": "jaeger/config.yaml",
}


@dataclass(frozen=True, slots=True)
class Change:
    """A change to a rendered config, a variable or a JVM argument."""

    component: str
    path: str
    value: str

    @classmethod
    def parse(cls, text: str) -> Change:
        """Parse a change from the command line.

        Raises:
            ValueError: the text is not a change, or its component is unknown.
        """
        component, colon, rest = text.partition(":")
        path, equals, value = rest.partition("=")
        if component not in COMPONENTS or not colon or not equals or not path:
            raise ValueError(
                f"{text}: expected COMPONENT:PATH=VALUE, COMPONENT one of {', '.join(COMPONENTS)}"
            )
        return cls(component, path, value)

    def __str__(self) -> str:
        return f"{self.component}:{self.path}={self.value}"


def configs(files: Mapping[str, str], changes: Sequence[Change]) -> dict[str, str]:
    """Return the files with the changes applied.

    Raises:
        KeyError: the file to change is not rendered.
    """
    changed = dict(files)
    for change in changes:
        if not change.path.startswith(("env.", "jvm")):
            file = _CONFIGS[change.component]
            document = yaml.safe_load(changed[file])
            _set(document, change.path.split("."), yaml.safe_load(change.value))
            changed[file] = yaml.safe_dump(document, sort_keys=False)
    return changed


def environment(component: str, variables: Mapping[str, str], changes: Sequence[Change]) -> dict[str, str]:
    """Return the variables of a process with the changes applied."""
    mine = [change for change in changes if change.component == component]
    return {**variables, **{c.path[4:]: c.value for c in mine if c.path.startswith("env.")}}


def jvm(arguments: Sequence[str], changes: Sequence[Change]) -> list[str]:
    """Return Cassandra's arguments with the changes applied; the last one is its main class."""
    mine = [change for change in changes if change.component == "cassandra"]
    gone = {change.value for change in mine if change.path == "jvm-"}
    more = [change.value for change in mine if change.path == "jvm+"]
    *before, main = [argument for argument in arguments if argument not in gone]
    return [*before, *more, main]


def _set(document: dict[str, Any], keys: Sequence[str], value: object) -> None:
    *through, last = keys
    for key in through:
        document = document.setdefault(key, {})
    document[last] = value
