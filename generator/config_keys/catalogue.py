"""Keys of every component of one program: names, types, allowed words, smallest values.

`python -m tests.config_keys` writes the data. It reads the program's Go structs, and tries each key with confmap and
the component's `Validate`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

OTELCOL = "otelcol"
JAEGER = "jaeger"


@dataclass(frozen=True, slots=True)
class Key:
    """Type and constraints of one key.

    Attributes:
        is_: Type: `struct`, `map`, `list`, `duration`, `text`, `whole`, `number`, `truth` or `any`.
        takes: Letters of the accepted kinds of values: see `compare.letter`.
        holder: Shared Go type that declares the key, such as `confighttp.ClientConfig`; empty for a component's own.
        keys: Keys of a `struct`.
        of: Type of an entry of a `list` or a `map`; None for other types.
        open: Whether a `struct` also accepts other keys.
        one_of: Allowed words of a text; empty if any text is allowed.
        case: Whether the case of these words matters.
        least: Smallest number; None if there is no minimum.
        most: Largest number, also of words that have numbers; None if there is no maximum.
        above: Whether a duration must be above zero.
        needs: Keys of a `struct` that can't be empty: one of them must be set.
    """

    is_: str
    takes: str
    holder: str = ""
    keys: Mapping[str, Key] | None = None
    of: Key | None = None
    open: bool = False
    one_of: tuple[str, ...] = ()
    case: bool = False
    least: int | None = None
    most: int | None = None
    above: bool = False
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Function:
    """An OTTL function, with the minimum and maximum number of its arguments."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The components of one program in one version.

    Attributes:
        version: Version of the program.
        components: Components by kind (`exporters`) and type; `service` contains `telemetry`.
        functions: OTTL functions by processor and name.
    """

    version: str
    components: Mapping[str, Mapping[str, Key]]
    functions: Mapping[str, Mapping[str, Function]]


@cache
def catalogue(program: str) -> Catalogue:
    """Load the catalogue of `OTELCOL` or `JAEGER`."""
    data = json.loads(files(__package__).joinpath(f"{program}.json").read_text(encoding="utf-8"))
    return Catalogue(
        data["version"],
        {
            kind: {type_: _key(one) for type_, one in types.items()}
            for kind, types in data["components"].items()
        },
        {
            processor: {name: Function(one["least"], one["most"]) for name, one in named.items()}
            for processor, named in data["functions"].items()
        },
    )


def _key(data: Mapping[str, Any]) -> Key:
    return Key(
        is_=data["is"],
        takes=data["takes"],
        holder=data.get("go", ""),
        keys={name: _key(one) for name, one in data.get("keys", {}).items()},
        of=_key(data["of"]) if "of" in data else None,
        open=data.get("open", False),
        one_of=tuple(data.get("oneOf", ())),
        case=data.get("case", False),
        least=data.get("least"),
        most=data.get("most"),
        above=data.get("above", False),
        needs=tuple(data.get("needs", ())),
    )


_WORDS = Key("list", "nlL", of=Key("text", "s"))
_PIPELINE = Key("struct", "nm", keys={"receivers": _WORDS, "processors": _WORDS, "exporters": _WORDS})


def service(program: Catalogue) -> Key:
    """Return the key of the config's `service` section."""
    return Key(
        "struct",
        "nm",
        keys={
            "extensions": _WORDS,
            "pipelines": Key("map", "nmM", of=_PIPELINE),
            "telemetry": program.components["service"]["telemetry"],
        },
    )
