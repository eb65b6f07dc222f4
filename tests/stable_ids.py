"""Collects the tests twice and compares: `python -m tests.stable_ids`.

The workers of a parallel run each collect all tests, and not one test runs unless all lists are equal. So an id must
not depend on the second, the hash seed, the temporary folder or the process.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from difflib import unified_diff
from pathlib import Path
from tempfile import TemporaryDirectory

# More than a second: a gzip header holds the second in which it was made.
_APART = 1.1
# Tests that `make test` leaves out are compared, too.
_ALL = ("-m", "docker or browser or postgresql or not docker")

# No cache is written, and a plug-in that shuffles the tests is left out.
_PLUGINS = ("-p", "no:cacheprovider", "-p", "no:randomly")


def difference(arguments: Sequence[str] = _ALL, folder: Path | None = None) -> str:
    """Collect twice, with all that may differ between two workers differing.

    Args:
        arguments: passed to pytest.
        folder: where pytest starts; None is the current one.

    Returns:
        A unified diff of both lists of ids; empty when they are equal.

    Raises:
        RuntimeError: pytest could not collect; with what it printed.
    """
    first = _ids(arguments, folder, seed=1)
    # Not side by side: on a busy machine both could collect in the same second.
    time.sleep(_APART)
    second = _ids(arguments, folder, seed=2)
    return "\n".join(unified_diff(first, second, "first", "second", lineterm="", n=0))


def _ids(arguments: Sequence[str], folder: Path | None, seed: int) -> list[str]:
    with TemporaryDirectory(prefix=f"collection-{seed}-") as temporary:
        collected = subprocess.run(
            [sys.executable, "-m", "pytest", "--collect-only", "-q", *_PLUGINS, *arguments],
            cwd=folder, env={**os.environ, "PYTHONHASHSEED": str(seed), "TMPDIR": temporary},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
    if collected.returncode != 0:
        raise RuntimeError(collected.stdout.strip())
    return [line for line in collected.stdout.splitlines() if "::" in line]


def main() -> str | None:
    """What the process exits with: nothing when both lists are equal."""
    try:
        found = difference()
    except RuntimeError as error:
        return f"error: the tests can't be collected\n{error}"
    if not found:
        return None
    return (
        f"{found}\nerror: two collections list different tests: parallel workers would not run any\n"
        '  next: name what changes: pytest.param(..., id="empty gzip")'
    )


if __name__ == "__main__":
    sys.exit(main())
