"""Vale, which finds the patterns of `styles/Plain` in passages."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from words.passages import Passage

CONFIG = Path(__file__).parent / "styles" / "vale.ini"
# `make lint` builds it, with the versions of requirements/vale/go.sum.
PROGRAM = Path(sys.prefix) / "bin" / "vale"


@dataclass(frozen=True, slots=True)
class Alert:
    """A pattern that Vale found in a passage.

    Attributes:
        rule: Name of the file in `styles/Plain`.
        message: The match, and the words to write instead.
    """

    passage: Passage
    rule: str
    message: str


def alerts(passages: Sequence[Passage]) -> list[Alert]:
    """Check all passages in one run of Vale.

    Raises:
        FileNotFoundError: Vale is not built.
        RuntimeError: Vale failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "passages.txt"
        # An empty line after each passage makes it a paragraph. A full stop keeps Vale from joining two of them.
        page.write_text("".join(f"{_ended(one.text)}\n\n" for one in passages), encoding="utf-8")
        done = subprocess.run(
            [PROGRAM, "--config", CONFIG, "--output", "JSON", "--no-exit", page],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(f"vale ended with {done.returncode}: {done.stderr or done.stdout}")
    found = json.loads(done.stdout or "{}")
    return [
        Alert(passages[(one["Line"] - 1) // 2], one["Check"].partition(".")[2], one["Message"])
        for one in next(iter(found.values()), [])
    ]


def _ended(text: str) -> str:
    return text if text.endswith((".", "!", "?", ":")) else f"{text}."
