"""Patterns of names: `*` stands for any characters, the case of letters does not matter."""

from __future__ import annotations

import re


def expression(pattern: str) -> str:
    """The pattern as a regular expression, without its anchors; one that Go, Python and OTTL read alike.

    No backslash is in it: each language would have its own idea of how to write one in a text.
    """
    return "".join(".*" if c == "*" else c if c.isalnum() or c in "_:/@-" else f"[{c}]" for c in pattern)


def matches(pattern: str, name: str) -> bool:
    """Whether a name is meant by a pattern."""
    return re.fullmatch(expression(pattern), name, re.IGNORECASE) is not None
