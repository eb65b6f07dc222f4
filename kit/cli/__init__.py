"""The `kit` command: one file per verb, imported only when it is called."""

from __future__ import annotations

import sys

from kit.cli.funnel import run


def main() -> None:
    """Run the command line; leaves with an exit code."""
    sys.exit(run(sys.argv[1:]))
