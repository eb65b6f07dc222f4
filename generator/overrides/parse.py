"""Find the mistakes in the override files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from generator.overrides import COLLECTOR_OVERRIDE, UI_OVERRIDE, Overrides
from generator.overrides.tags import Loader
from generator.spec.problem import Problem, SpecError
from generator.spec.problems import nearest
from generator.spec.source import position, syntax_problem

# The top-level keys of each file, and those of them that hold settings by name.
_COLLECTOR = ("receivers", "processors", "exporters", "connectors", "extensions", "service")
_COMPOSE = ("name", "services", "volumes", "networks", "configs", "secrets", "include", "models")
_NAMED = ("receivers", "processors", "exporters", "connectors", "extensions", "services")


class OverrideError(SpecError):
    """Raised for override files that can't be used; `problems` holds every mistake."""

    where = "the override layer"


def load_yaml(text: str) -> Any:
    """Return the value of valid YAML, in which Compose's tags may occur."""
    return yaml.load(text, Loader=Loader)  # noqa: S506  # a safe loader, with two tags more


def problems(overrides: Overrides, folder: str = "") -> dict[str, list[Problem]]:
    """Return the mistakes by file, for files that have any; `folder` precedes the file's name in the mistakes."""
    found = {
        file: list(_problems(file, text, f"{folder}/{file}" if folder else file))
        for file, text in overrides.texts().items()
    }
    return {file: of_file for file, of_file in found.items() if of_file}


def _problems(file: str, text: str, shown: str) -> Iterator[Problem]:
    if file == UI_OVERRIDE:
        yield from _json_problems(text, shown)
        return
    try:
        node = yaml.compose(text, Loader=Loader)
        if node is not None:
            load_yaml(text)
    except yaml.MarkedYAMLError as error:
        yield syntax_problem(error, text, shown)
        return
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        yield Problem(
            shown,
            0,
            0,
            "",
            f"not YAML: {error}".splitlines()[0],
            "YAML text",
            "check the file for binary data or another encoding",
        )
        return
    if node is None:
        return
    if not isinstance(node, yaml.MappingNode):
        yield Problem(
            shown,
            *position(node),
            "",
            "no keys and values at the top level",
            "keys such as `service: …`",
            "see the docs",
        )
        return
    if file == COLLECTOR_OVERRIDE:
        yield from _paths_below(node, shown, top=True)
    of_compose = file != COLLECTOR_OVERRIDE
    yield from _top(node, _COMPOSE if of_compose else _COLLECTOR, shown, of_compose)


def _top(node: yaml.MappingNode, known: tuple[str, ...], shown: str, of_compose: bool) -> Iterator[Problem]:
    seen: set[str] = set()
    for key, value in node.value:
        name = str(key.value).partition("::")[0]
        if name in seen and key.value == name:
            yield Problem(
                shown, *position(key), name, "a duplicate key", "each key once", "merge both under one key"
            )
        elif name not in known and not (of_compose and (name.startswith("x-") or name == "version")):
            near = nearest(name, known)
            yield Problem(shown, *position(key), name, f"`{name}` is not a key of this file",
                          "one of " + ", ".join(known), f"did you mean `{near}`?" if near else "remove it")  # fmt: skip
        elif name in _NAMED and key.value == name:
            yield from _named(value, name, shown)
        seen.add(name)


def _paths_below(node: yaml.Node, shown: str, *, top: bool = False) -> Iterator[Problem]:
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _paths_below(item, shown)
    if not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        if "::" in str(key.value) and not top:
            found = "a path as a key below the top level: the collector applies it at some starts and not at others"
            fix = f"write nested keys: {': {'.join(str(key.value).split('::'))}: …" + "}" * str(
                key.value
            ).count("::")
            yield Problem(shown, *position(key), str(key.value), found, "nested keys", fix)
        yield from _paths_below(value, shown)


def _named(node: yaml.Node, section: str, shown: str) -> Iterator[Problem]:
    if not isinstance(node, yaml.MappingNode):
        if isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null":
            return
        yield Problem(shown, *position(node), section, "no names with settings",
                      f"{section} by name, each with its keys", f"write `{section}: {{name: {{…}}}}`")  # fmt: skip
        return
    for key, value in node.value:
        empty = isinstance(value, yaml.ScalarNode) and value.tag in ("tag:yaml.org,2002:null", "!reset")
        if not isinstance(value, yaml.MappingNode) and not empty:
            yield Problem(shown, *position(value), f"{section}.{key.value}", "no keys and values",
                          "settings such as `key: value`", "write them below the name, indented")  # fmt: skip


def _json_problems(text: str, shown: str) -> Iterator[Problem]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        fix = "JSON has no comments and no comma after the last entry; strings and keys are in double quotes"
        yield Problem(shown, error.lineno, error.colno, "", f"not valid JSON: {error.msg}", "JSON", fix)
        return
    except RecursionError:
        yield Problem(
            shown, 0, 0, "", "nested too deeply", "settings of Jaeger's UI", "see Jaeger's documentation"
        )
        return
    if not isinstance(value, Mapping):
        yield Problem(
            shown,
            1,
            1,
            "",
            "no object at the top level",
            "an object: {…}",
            'write, for example, `{"menu": …}`',
        )
