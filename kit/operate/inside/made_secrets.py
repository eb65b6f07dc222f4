"""Make random secrets in a volume, each once: python -m … FOLDER NAME."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

from kit.operate.inside import owned

# 192 random bits. The text has no character that a shell or a browser changes.
_BYTES = 24


def main(folder: str, *names: str) -> int:
    """Make the missing secrets; return the exit code: 1 if the volume belongs to another user."""
    refused = owned.main(folder, str(os.getuid()))
    if refused:
        return refused
    for name in names:
        path = Path(folder, name)
        if not path.exists():
            _make(path)
    return 0


def _make(path: Path) -> None:
    """Write a secret that only its owner can read; the file is never there with a part of it."""
    partial = path.with_name(f"{path.name}.partial")
    partial.unlink(missing_ok=True)
    # Not `write_text`, which would create it readable for all.
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:  # noqa: PTH123
        stream.write(secrets.token_urlsafe(_BYTES))
        stream.flush()
        os.fsync(stream.fileno())
    partial.rename(path)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
