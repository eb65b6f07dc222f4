"""Forms of `${…}` in a collector's config: variables and other sources that it inserts at start."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

# From the collector's `expand.go`: the form of a reference with a scheme, and the known schemes.
_URI = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(.*)", re.DOTALL)
_SCHEMES = ("env", "file", "yaml", "http", "https")
_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_INNERMOST = re.compile(r"\$\{([^${}]*)\}")


class WrongVariable(NamedTuple):
    """A form that the collector refuses, and the form that was probably meant."""

    found: str
    expected: str


def wrong(text: str) -> Iterator[WrongVariable]:
    """Yield the forms in a text that prevent the start."""
    # `$$` is an escaped dollar sign.
    for match in _INNERMOST.finditer(text.replace("$$", "  ")):
        inside = match[1]
        uri = _URI.fullmatch(inside)
        if uri and uri[1] not in _SCHEMES:
            yield WrongVariable(f"`${{{inside}}}`: `{uri[1]}` is not a known source", f"`{_meant(inside)}`")
        elif uri and uri[1] != "env":
            continue
        else:
            body = uri[2] if uri else inside
            name, default, _ = body.partition(":-")
            if not uri and default:
                yield WrongVariable(f"`${{{inside}}}`: a default needs `env:`", f"`{_meant(inside)}`")
            elif not _NAME.fullmatch(name):
                yield WrongVariable(
                    f"`${{{inside}}}`: `{name}` is not a variable's name", f"`{_meant(body)}`"
                )


def _meant(body: str) -> str:
    """Rewrite a shell's form of a variable with a default in the collector's form."""
    match = re.match(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*(?::?[-=?+])?(.*)", body, re.DOTALL)
    if not match:
        return "${env:NAME}"
    plain = body.strip() == match[1]
    return f"${{env:{match[1]}}}" if plain else f"${{env:{match[1]}:-{match[2].strip()}}}"
