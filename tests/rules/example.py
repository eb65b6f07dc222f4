"""A rule's examples: pieces of the files that a person edits."""

from __future__ import annotations

import re
from textwrap import dedent

SPEC = "kit.yaml"
_HEAD = re.compile(r"\s*# (\S+\.(?:yaml|json|cql))(, edited by hand)?\s*")


def blocks(text: str) -> dict[str, str]:
    """The pieces by file; what stands before the first `# FILE` is of kit.yaml.

    A piece of a rendered file, marked `edited by hand`, has lines with `-` and `+`: what stands there, and what
    takes its place.
    """
    found: dict[str, list[str]] = {}
    current = SPEC
    for line in text.splitlines():
        head = _HEAD.fullmatch(line)
        if head:
            current = head[1] + (head[2] or "")
        elif line.strip():
            found.setdefault(current, []).append(line)
    return {file: dedent("\n".join(lines)) + "\n" for file, lines in found.items()}


def tidy(text: str) -> str:
    """An example as it is shown: each piece under the name of its file."""
    return "".join(f"# {file}\n{piece}" for file, piece in blocks(text).items())
