"""Changes to what the kit renders, for comparing it with itself: `jaeger:exporters.….num_consumers=200`.

COMPONENT:PATH=VALUE      a value of the component's YAML config, keys separated by dots
COMPONENT:env.NAME=VALUE  a variable of its process
COMPONENT:jvm+=ARGUMENT   one more argument of Cassandra's JVM; `jvm-=` takes one away
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
    """One change."""

    component: str
    path: str
    value: str

    @classmethod
    def parse(cls, text: str) -> Change:
        """Read it as it is written on the command line.

        Raises:
            ValueError: it is no change, or of no component that is compared.
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
    """The files with the changes made.

    Raises:
        KeyError: a path leads through something that is not rendered.
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
    """A process's variables with the changes made."""
    mine = [change for change in changes if change.component == component]
    return {**variables, **{c.path[4:]: c.value for c in mine if c.path.startswith("env.")}}


def jvm(arguments: Sequence[str], changes: Sequence[Change]) -> list[str]:
    """Cassandra's arguments with the changes made; the last is its main class."""
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
