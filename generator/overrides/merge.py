"""Merge overrides into rendered files, by the rules of the collector, of Compose and of Jaeger's UI."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from generator.overrides.tags import Replaced, Reset

_SEPARATOR = "::"
# Compose replaces these lists; to other lists it adds the override's entries.
_REPLACED = ("command", "entrypoint", "test")
# Mappings that may be written as a list of `NAME=value` entries.
_PAIRS = ("environment", "labels", "annotations", "sysctls", "args")


def merge_collector(base: Any, over: Any) -> Any:
    """Merge like the collector with several `--config`: maps recursively; other values, also lists, are replaced.

    A key with `::` at the top level is a path (`exporters::debug: {}`). Below the top level the collector accepts such
    a key only sometimes, so `parse` refuses it. Source: confmap's `Merge`, koanf's `maps.Merge`. A test compares this
    with the collector's own `print-config`.
    """
    return _deeply(_unfolded(base), _unfolded(over))


def merge_ui(rendered: str, over: str) -> str:
    """Merge the config of Jaeger's UI: objects recursively; other values are replaced."""
    if not over:
        return rendered
    return json.dumps(_deeply(json.loads(rendered), json.loads(over)), indent=2, ensure_ascii=False) + "\n"


def merge_compose(base: Any, over: Any) -> Any:
    """Merge like Compose with an override file.

    - Mappings are merged recursively.
    - `command`, `entrypoint` and `healthcheck.test` are replaced.
    - Of `volumes` with the same target, the last one counts.
    - `ports` and other lists are concatenated.
    - `!reset` removes a key, `!override` replaces its value.

    Source: the Compose specification, "Merge".
    """
    return _compose((), _normal((), base), _normal((), over))


def _deeply(base: Any, over: Any) -> Any:
    if not isinstance(base, Mapping) or not isinstance(over, Mapping):
        return over
    merged = dict(base)
    for key, value in over.items():
        merged[key] = _deeply(base[key], value) if key in base else value
    return merged


def _unfolded(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    plain: dict[str, Any] = {}
    for key, below in value.items():
        first, *rest = str(key).split(_SEPARATOR)
        for name in reversed(rest):
            below = {name: below}
        plain[first] = _deeply(plain[first], below) if first in plain else below
    return plain


def _compose(path: tuple[str, ...], base: Any, over: Any) -> Any:
    if isinstance(over, Replaced):
        return _normal(path, over.value)
    if isinstance(base, Mapping) and isinstance(over, Mapping):
        merged = dict(base)
        for key, value in over.items():
            if isinstance(value, Reset):
                merged.pop(key, None)
            elif key in base and base[key] is not None:
                merged[key] = _compose((*path, str(key)), base[key], value)
            else:
                merged[key] = _normal(
                    (*path, str(key)), value.value if isinstance(value, Replaced) else value
                )
        return merged
    if isinstance(base, list) and isinstance(over, list) and (not path or path[-1] not in _REPLACED):
        return _by_target([*base, *over]) if path[-1:] == ("volumes",) else _once([*base, *over])
    return over


def _normal(path: tuple[str, ...], value: Any) -> Any:
    """Return the long form of a value that can be written in two forms."""
    if isinstance(value, Mapping):
        return {str(key): _normal((*path, str(key)), below) for key, below in value.items()}
    if isinstance(value, list) and len(path) > 2 and path[0] == "services":
        if path[-1] in _PAIRS:
            pairs = (str(item).partition("=") for item in value)
            return {name: text if sign else None for name, sign, text in pairs}
        if path[-1] == "depends_on":
            return {str(name): {"condition": "service_started"} for name in value}
    return value


def _once(items: list[Any]) -> list[Any]:
    return [item for index, item in enumerate(items) if item not in items[:index]]


def _by_target(items: list[Any]) -> list[Any]:
    return list({mount_target(item): item for item in items}.values())


def mount_target(mount: Any) -> str:
    """Return the path of a mount in the container, from the long form or the short one (`./a:/b:ro`)."""
    if isinstance(mount, Mapping):
        return str(mount.get("target", ""))
    parts = str(mount).split(":")
    return parts[1] if len(parts) > 1 else parts[0]
