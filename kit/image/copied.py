"""What a Dockerfile takes out of its build context."""

from __future__ import annotations

import shlex


def copied(dockerfile: str) -> list[str]:
    """The sources of its COPY instructions, in order; not those out of another stage."""
    found: list[str] = []
    for line in dockerfile.splitlines():
        words = line.split()
        if words[:1] == ["COPY"] and not any(word.startswith("--from") for word in words):
            found += [word for word in shlex.split(line)[1:-1] if not word.startswith("--")]
    return list(dict.fromkeys(found))
