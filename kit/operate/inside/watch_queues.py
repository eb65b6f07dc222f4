"""Check the queues' files forever, whenever no collector has them open: python -m … FOLDER ….

With `--list` before the folders: print the files that were put aside, one line with size and path each, and exit.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Sequence

from kit.operate.inside.aside import Known, found_aside, put_aside

_PAUSE_SECONDS = 1.0


def main(words: Sequence[str]) -> int:
    """Watch until SIGTERM; return the exit code."""
    if words and words[0] == "--list":
        for path in found_aside(words[1:]):
            sys.stdout.write(f"{path.stat().st_size} {path}\n")
        return 0
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    sound: Known = {}
    while not stop.is_set():
        try:
            put_aside(words, sound)
        except OSError as error:
            sys.stderr.write(f"warning: the queues' files can't be checked: {error}\n")
        stop.wait(_PAUSE_SECONDS)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
