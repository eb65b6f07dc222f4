"""Output: answers on stdout, messages on stderr, colours only on a terminal."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TextIO


class Output(StrEnum):
    """Output forms of an answer."""

    TEXT = "text"
    JSON = "json"


class FindingsOutput(StrEnum):
    """Output forms of findings."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


def coloured(stream: TextIO) -> bool:
    """Whether a stream shows colours: it is a terminal, and NO_COLOR is not set."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def data(text: str) -> None:
    """Print a line of the answer to stdout."""
    sys.stdout.write(text + "\n")


def as_json(document: Mapping[str, Any]) -> str:
    """Return an answer as JSON text."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    # A span's name may hold half of a surrogate pair, which has no UTF-8 form: escape it as JSON does.
    return text.encode("utf-8", "backslashreplace").decode()


def say(text: str) -> None:
    """Print a message to stderr."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def fail(message: str, hint: str) -> None:
    """Print an error and the next step to stderr."""
    mark = _paint("31;1", "error:") if coloured(sys.stderr) else "error:"
    separator = "\n" if "\n" in message else " "
    say(f"{mark}{separator}{message}")
    if hint:
        say(f"  next: {hint}")


def bold(text: str, stream: TextIO) -> str:
    """Return the text in bold for a terminal."""
    return _paint("1", text) if coloured(stream) else text


def dim(text: str, stream: TextIO) -> str:
    """Return the text dimmed for a terminal."""
    return _paint("2", text) if coloured(stream) else text


def _paint(code: str, text: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m"
