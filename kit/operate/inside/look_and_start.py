"""Look at the queues' files, then become the collector: python -m … FOLDER … -- PROGRAM ARGUMENT …."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from kit.operate.inside.aside import put_aside


def main(words: Sequence[str]) -> int:
    """Does not return when the program can be started; answers the exit code."""
    split = words.index("--")
    folders, command = words[:split], list(words[split + 1 :])
    try:
        put_aside(folders)
    except OSError as error:
        # The collector says better what is wrong, if anything is.
        sys.stderr.write(f"warning: the queues' files can't be looked at: {error}\n")
    try:
        os.execvp(command[0], command)  # noqa: S606  # the plan's own words
    except OSError as error:
        sys.stderr.write(f"{command[0]} can't be started: {error.strerror}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
