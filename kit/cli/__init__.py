"""The `kit` command: one file per verb, imported only when it is called."""

from __future__ import annotations

import gc
import signal
import sys

from kit.cli.funnel import run

_NEW_OBJECTS = 50_000


def main() -> None:
    """Run the command line and exit with its exit code."""
    # Imports create many objects and no garbage: with Python's threshold of 700, 50 collections find nothing.
    gc.set_threshold(_NEW_OBJECTS)
    code = run(sys.argv[1:])
    # The process ends now, so a last collection would be wasted time.
    gc.freeze()
    # The output is complete. An interrupt while the interpreter exits would replace the exit code
    # that belongs to the output.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(code)
