"""Check the queues' files, then exec the collector: python -m … FOLDER … -- PROGRAM ARGUMENT …."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from kit.operate.inside.aside import put_aside


def main(words: Sequence[str]) -> int:
    """Replace this process by the program. Return an exit code only if the program can't be started."""
    split = words.index("--")
    folders, command = words[:split], list(words[split + 1 :])
    try:
        put_aside(folders)
    except OSError as error:
        # Start anyway: if something is wrong, the collector's own error is more precise.
        sys.stderr.write(f"warning: the queues' files can't be checked: {error}\n")
    try:
        os.execvp(command[0], command)  # noqa: S606  # the plan's own words
    except OSError as error:
        sys.stderr.write(f"{command[0]} can't be started: {error.strerror}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
