"""Print the answers of URLs as one JSON object by name: python -m … NAME=URL …; null for a URL without answer."""

from __future__ import annotations

import http.client
import json
import sys
import urllib.request
from collections.abc import Sequence

_TIMEOUT_SECONDS = 5


def main(pairs: Sequence[str]) -> int:
    """Fetch each URL; return the exit code."""
    named = (pair.split("=", 1) for pair in pairs)
    sys.stdout.write(json.dumps({name: _fetch(url) for name, url in named}))
    return 0


def _fetch(url: str) -> str | None:
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310  # a neighbour's http
            text: str = answer.read().decode()
    except (OSError, http.client.HTTPException, ValueError):
        return None
    return text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
