"""Patterns of names: `*` stands for any characters, and case is ignored."""

from __future__ import annotations

import re


def expression(pattern: str) -> str:
    """Convert a pattern to a regular expression without anchors that means the same in Go, Python and OTTL.

    It contains no backslash, because each language escapes one differently.
    """
    return "".join(".*" if c == "*" else c if c.isalnum() or c in "_:/@-" else f"[{c}]" for c in pattern)


def matches(pattern: str, name: str) -> bool:
    """Whether a name matches a pattern."""
    return re.fullmatch(expression(pattern), name, re.IGNORECASE) is not None
