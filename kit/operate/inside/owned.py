"""Check that a mounted volume belongs to the user who will write there: python -m … FOLDER UID."""

from __future__ import annotations

import sys
from pathlib import Path


def main(folder: str, user: str) -> int:
    """Tell on stderr when it does not; answers the exit code."""
    owner = Path(folder).stat().st_uid
    if owner == int(user):
        return 0
    sys.stderr.write(
        f"the volume belongs to user {owner}, and user {user} could not write there.\n"
        f"  next: `kit down --volumes` removes it with its data; or change its files' owner to {user}\n"
    )
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
