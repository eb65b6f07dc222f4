"""The forms of `${…}` in a collector's config: variables and other sources that it puts in when it starts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

# Of the collector's `expand.go`: what has a scheme, and which of them there are.
_URI = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(.*)", re.DOTALL)
_SCHEMES = ("env", "file", "yaml", "http", "https")
_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_INNERMOST = re.compile(r"\$\{([^${}]*)\}")


class WrongVariable(NamedTuple):
    """A form that the collector refuses, and the one that was probably meant."""

    found: str
    expected: str


def wrong(text: str) -> Iterator[WrongVariable]:
    """The forms in a text that stop the start."""
    # `$$` is a dollar sign of the text's own.
    for match in _INNERMOST.finditer(text.replace("$$", "  ")):
        inside = match[1]
        uri = _URI.fullmatch(inside)
        if uri and uri[1] not in _SCHEMES:
            yield WrongVariable(f"`${{{inside}}}`: there is no source `{uri[1]}`", f"`{_meant(inside)}`")
        elif uri and uri[1] != "env":
            continue
        else:
            body = uri[2] if uri else inside
            name, default, _ = body.partition(":-")
            if not uri and default:
                yield WrongVariable(f"`${{{inside}}}`: a default needs `env:`", f"`{_meant(inside)}`")
            elif not _NAME.fullmatch(name):
                yield WrongVariable(
                    f"`${{{inside}}}`: `{name}` is no name of a variable", f"`{_meant(body)}`"
                )


def _meant(body: str) -> str:
    """The same with a shell's spellings of a default written as the collector's."""
    match = re.match(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*(?::?[-=?+])?(.*)", body, re.DOTALL)
    if not match:
        return "${env:NAME}"
    plain = body.strip() == match[1]
    return f"${{env:{match[1]}}}" if plain else f"${{env:{match[1]}:-{match[2].strip()}}}"
