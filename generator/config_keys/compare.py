"""Compare values with the types and constraints of their keys."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from generator.config_keys.catalogue import Key
from generator.spec.problems import nearest

Path = tuple[Any, ...]

# A number below a millisecond was hardly meant in nanoseconds: its unit is missing.
_MEANT = 1_000_000
# Go accepts both micro signs.
_DURATION = re.compile(r"([-+]?)(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)")
_NOTHING = re.compile(r"[-+]?(?:0|(?:0+\.?0*|\.0+)(?:ns|us|µs|μs|ms|s|m|h))+")
_NAMES = {
    "struct": "keys and values",
    "map": "keys and values",
    "list": "a list",
    "duration": "a duration with its unit, such as `30s`",
    "text": "text",
    "whole": "a whole number",
    "number": "a number",
    "truth": "`true` or `false`",
}


@dataclass(frozen=True, slots=True)
class Mistake:
    """A wrong or unknown key or value.

    Attributes:
        kind: `key` for an unknown key, `value` for a refused value, `unit` for a number that is read as nanoseconds;
            `open` for a key that the data does not describe, so that it may be right.
        path: Path of the key.
        found: Wrong value, as a phrase for the message.
        expected: Valid values, as a phrase for the message; may be empty.
    """

    kind: Literal["key", "value", "unit", "open"]
    path: Path
    found: str
    expected: str


def mistakes(key: Key, value: Any, path: Path) -> Iterator[Mistake]:
    """Yield all mistakes in a value and below it.

    Args:
        key: type and constraints of the value.
        value: value as the collector reads it; text with `${` is skipped, since its value is unknown.
        path: path of the value.
    """
    if value is None or (isinstance(value, str) and "${" in value):
        return
    if key.is_ == "any":
        if isinstance(value, Mapping | list) and value:
            yield Mistake("open", path, "the keys of this block are unknown", "")
    elif isinstance(value, Mapping):
        yield from _mapping(key, value, path)
    elif isinstance(value, list):
        yield from _list(key, value, path)
    elif isinstance(value, str):
        yield from _text(key, value, path)
    elif letter(value) not in key.takes:
        yield _wrong(key, value, path)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _number(key, value, path)


def letter(value: Any) -> str:
    """Return the letter of a scalar's kind: n null, b boolean, i integer, f float, s text, ? any other value."""
    if value is None:
        return "n"
    if isinstance(value, bool):
        return "b"
    return (
        "i"
        if isinstance(value, int)
        else "f"
        if isinstance(value, float)
        else "s"
        if isinstance(value, str)
        else "?"
    )


def _mapping(key: Key, value: Mapping[Any, Any], path: Path) -> Iterator[Mistake]:
    # Some keys for text accept an empty mapping as empty text, but no mapping with keys.
    kinds = "mM" if key.is_ in ("struct", "map") or not value else "M"
    if not _never_empty(key) and not set(kinds) & set(key.takes):
        yield _wrong(key, value, path)
    elif key.is_ == "map" and key.of:
        for name, below in value.items():
            yield from mistakes(key.of, below, (*path, name))
    elif key.is_ == "struct" and key.keys is not None:
        yield from _struct(key, key.keys, value, path)
    elif key.is_ == "list" and key.of and key.of.keys and "value" in key.of.keys:
        # Headers may be written as a mapping, although their Go type is a list.
        for name, below in value.items():
            yield from mistakes(key.of.keys["value"], below, (*path, name))


def _never_empty(key: Key) -> bool:
    """Whether the struct is refused unless certain keys are set."""
    return key.is_ == "struct" and bool(key.keys) and "m" not in key.takes


def _struct(key: Key, keys: Mapping[str, Key], value: Mapping[Any, Any], path: Path) -> Iterator[Mistake]:
    if key.needs and all(value.get(name) is None for name in key.needs):
        yield Mistake("value", path, f"no {' or '.join(key.needs)}", f"a value for `{key.needs[0]}`")
    # Such a block has no sample, so its keys were not tried and may be right.
    untried = _never_empty(key) and not key.needs
    for name, below in value.items():
        if str(name) in keys:
            yield from mistakes(keys[str(name)], below, (*path, name))
        elif key.open or untried:
            yield Mistake("open", (*path, name), "this key is unknown", "")
        else:
            near = nearest(str(name), sorted(keys))
            expected = f"`{near}`" if near else "one of " + ", ".join(sorted(keys)) if keys else "no keys"
            yield Mistake("key", (*path, name), f"`{name}` is not a key here", expected)


def _list(key: Key, value: list[Any], path: Path) -> Iterator[Mistake]:
    if not set("lL") & set(key.takes):
        yield _wrong(key, value, path)
    elif key.is_ == "list" and key.of:
        for index, below in enumerate(value):
            yield from mistakes(key.of, below, (*path, index))


def _text(key: Key, value: str, path: Path) -> Iterator[Mistake]:
    if key.is_ == "duration":
        match = _DURATION.fullmatch(value)
        if (
            not match
            or (match[1] == "-" and key.least is not None)
            or (key.above and _NOTHING.fullmatch(value))
        ):
            yield _wrong(key, value, path)
    elif key.one_of:
        if value and (value if key.case else value.lower()) not in key.one_of:
            near = nearest(value, key.one_of)
            yield Mistake(
                "value", path, f"`{value}`", f"`{near}`" if near else "one of " + ", ".join(key.one_of)
            )
    # A text key that refuses sample texts needs a special form (`directory_permissions`), which the data does not have.
    elif key.is_ != "text" and "s" not in key.takes:
        yield _wrong(key, value, path)


def _number(key: Key, value: float, path: Path) -> Iterator[Mistake]:
    if key.is_ == "duration" and value and abs(value) < _MEANT:
        yield Mistake("unit", path, f"`{value}` is {value} nanoseconds", f"`{value}s`, or another unit")
    elif key.one_of:
        # Each word of an enumeration has a number, too.
        if (key.least is not None and value < key.least) or (key.most is not None and value > key.most):
            yield _wrong(key, value, path)
    elif (key.least is not None and value < key.least) or (key.above and not value):
        yield Mistake("value", path, f"`{value}`", f"{key.least} or more" if not key.above else "more than 0")


def _wrong(key: Key, value: Any, path: Path) -> Mistake:
    said = (
        "a list" if isinstance(value, list)
        else "keys and values" if isinstance(value, Mapping)
        else f"the text `{value}`" if isinstance(value, str)
        else f"`{str(value).lower()}`"
    )  # fmt: skip
    expected = _NAMES.get(key.is_, "")
    if key.one_of:
        expected = "one of " + ", ".join(key.one_of)
    elif key.above:
        expected += ", more than 0"
    return Mistake("value", path, said, expected)
