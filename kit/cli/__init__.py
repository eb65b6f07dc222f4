"""The `kit` command: one file per verb, imported only when it is called."""

from __future__ import annotations

import gc
import signal
import sys

from kit.cli.funnel import run

_NEW_OBJECTS = 50_000


def main() -> None:
    """Run the command line; leaves with an exit code."""
    # Modules make many objects and no garbage: at Python's 700 the collector looks for it 50 times in vain.
    gc.set_threshold(_NEW_OBJECTS)
    code = run(sys.argv[1:])
    # All memory is given back in a moment: no need to search it once more.
    gc.freeze()
    # All is done and told. An interrupt while the interpreter leaves would kill it by the signal,
    # with another exit code than the one that the output says.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(code)
