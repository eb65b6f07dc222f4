"""Declarations of the spec's keys: kind, default and description."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from generator.spec import kinds

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

NAME = kinds.Text(
    r"[a-z][a-z0-9-]{0,30}", "a lower-case name: letters, digits and `-`, at most 31 characters"
)
ATTRIBUTE = kinds.Text(
    r"""[^\s,"'\\]{1,255}""", "an attribute's key without spaces or commas (Jaeger splits its list at commas)"
)
FOLDER = kinds.Text(r"[^\0]+", "a path", max_length=4096)
PORT = kinds.Count(1024, 65535, "a port")

FIRST_RELEASE = "0.1.0"
"""Release that added a key, unless the key's declaration names another one."""


def option(kind: kinds.Kind, default: Any, doc: str, since: str = FIRST_RELEASE) -> Any:
    """Declare a key with a default, as a field of a section's class; `since` is the release that added it."""
    return field(default=default, metadata={"kind": kind, "doc": doc, "since": since})


def required(kind: kinds.Kind, doc: str, since: str = FIRST_RELEASE) -> Any:
    """Declare a required key; `since` is the release that added it."""
    return field(metadata={"kind": kind, "doc": doc, "since": since})


def section(section: type, doc: str) -> Any:
    """Declare a key that contains the keys of a section."""
    return field(default_factory=section, metadata={"section": section, "doc": doc})


@dataclass(frozen=True, slots=True, eq=False)
class SpecKey(Generic[T_co]):
    """A key at the top of the spec, and the type of its value: `spec[COLLECTOR]` is a `CollectorSpec`.

    Attributes:
        name: The key as it is written.
        declared: Field that `option` or `section` returned.
        order: Position in the output of `kit init` and in the JSON Schema; lower numbers come first.
    """

    name: str
    declared: Any
    order: int


def section_key(name: str, shape: type[T], doc: str, order: int) -> SpecKey[T]:
    """Declare a section at the top of the spec."""
    return SpecKey(name, section(shape, doc), order)
