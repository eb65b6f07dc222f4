"""The keys of every component of one program: names, types, words, least values.

The data comes from the program's own Go structs, and from trying each key with confmap and the component's `Validate`:
`python -m tests.config_keys` writes it.
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
    """What one key takes.

    Attributes:
        is_: `struct`, `map`, `list`, `duration`, `text`, `whole`, `number`, `truth` or `any`.
        takes: Letters of the kinds of values that can be read: see `compare.letter`.
        holder: The shared Go type that has it, such as `confighttp.ClientConfig`; empty for a component's own.
        keys: Those of a `struct`.
        of: What an entry of a `list` or a `map` takes; None elsewhere.
        open: Whether a `struct` takes other keys, too.
        one_of: Every word that a text may be; empty where it may be anything.
        case: Whether the case of these words matters.
        least: The smallest number; None where there is none.
        most: The largest number, of words that have numbers, too; None where there is none.
        above: Whether a duration must be more than nothing.
        needs: Of a `struct` that can't be empty: one of these keys must be set.
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
    """A function of OTTL: how many arguments it must have, and may have."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The components of one program in one version.

    Attributes:
        version: The program's.
        components: By kind (`exporters`) and type; `service` has `telemetry`.
        functions: Those of OTTL, by the processor that has them and by name.
    """

    version: str
    components: Mapping[str, Mapping[str, Key]]
    functions: Mapping[str, Mapping[str, Function]]


@cache
def catalogue(program: str) -> Catalogue:
    """The catalogue of `OTELCOL` or `JAEGER`."""
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
    """What `service` takes."""
    return Key(
        "struct",
        "nm",
        keys={
            "extensions": _WORDS,
            "pipelines": Key("map", "nmM", of=_PIPELINE),
            "telemetry": program.components["service"]["telemetry"],
        },
    )
