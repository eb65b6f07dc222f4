"""The `kit` command: one file per verb, imported only when it is called."""

from __future__ import annotations

import signal
import sys

from kit.cli.funnel import run


def main() -> None:
    """Run the command line; leaves with an exit code."""
    code = run(sys.argv[1:])
    # All is done and told. An interrupt while the interpreter leaves would kill it by the signal,
    # with another exit code than the one that the output says.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(code)
