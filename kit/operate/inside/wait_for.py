"""Wait until a URL answers without an error: python -m … URL SECONDS."""

from __future__ import annotations

import http.client
import sys
import time
import urllib.request

_POLL_SECONDS = 0.2
_TIMEOUT_SECONDS = 2


def main(url: str, seconds: str) -> int:
    """Poll the URL. Return the exit code: 1, with the last error on stderr, when the time is up."""
    deadline = time.monotonic() + float(seconds)
    while True:
        try:
            with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS):  # noqa: S310  # a neighbour's http
                return 0
        except (OSError, http.client.HTTPException) as error:
            if time.monotonic() > deadline:
                sys.stderr.write(f"{url} is not ready after {seconds} s: {error}\n")
                return 1
        time.sleep(_POLL_SECONDS)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
