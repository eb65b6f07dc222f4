"""Check that a mounted volume belongs to the user who will write there: python -m … FOLDER UID."""

from __future__ import annotations

import sys
from pathlib import Path


def main(folder: str, user: str) -> int:
    """Return the exit code: 1, with an error on stderr, if the volume belongs to another user."""
    owner = Path(folder).stat().st_uid
    if owner == int(user):
        return 0
    sys.stderr.write(
        f"the volume belongs to user {owner}, and user {user} could not write there.\n"
        f"  next: remove it with its data (`kit down --volumes`), or change its files' owner to {user}\n"
    )
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
