"""How a key of the spec is declared: its kind, its default, and what it is for."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from generator.spec import kinds

NAME = kinds.Text(
    r"[a-z][a-z0-9-]{0,30}", "a lower-case name: letters, digits and `-`, at most 31 characters"
)
ATTRIBUTE = kinds.Text(
    r"[^\s,\"'\\]{1,255}", "an attribute's key without spaces or commas (Jaeger splits its list at commas)"
)
FOLDER = kinds.Text(r"[^\0]+", "a path", max_length=4096)
PORT = kinds.Count(1024, 65535, "a port")


def key(kind: kinds.Kind, default: Any, doc: str) -> Any:
    """A key with a default."""
    return field(default=default, metadata={"kind": kind, "doc": doc})


def required(kind: kinds.Kind, doc: str) -> Any:
    """A key that must be there."""
    return field(metadata={"kind": kind, "doc": doc})


def section(section: type, doc: str) -> Any:
    """Keys below a key."""
    return field(default_factory=section, metadata={"section": section, "doc": doc})
