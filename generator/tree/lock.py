"""`kit.lock`: the hash of every rendered file, to detect hand edits."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from generator.fileset import MARKER
from generator.tree.errors import TreeError

LOCK_FILE = "kit.lock"
# Written before the first file is replaced, and renamed to `kit.lock` after the last. If a `generate` stops between the
# two, the next one recognizes the files of both states as its own.
PENDING_FILE = "kit.lock.pending"


@dataclass(frozen=True, slots=True)
class Lock:
    """The files that the kit wrote.

    Attributes:
        files: Hash of each file in the last complete render, by path.
        pending: Hash of each file in a render that was not finished, by path.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    pending: Mapping[str, str] = field(default_factory=dict)

    def wrote(self, path: str, digest: str) -> bool:
        """Whether the kit itself wrote these bytes to this path."""
        return digest in (self.files.get(path), self.pending.get(path))

    @property
    def paths(self) -> set[str]:
        """All paths that the kit has written."""
        return {*self.files, *self.pending}


def digest(data: bytes) -> str:
    """Return the hash of a file's content, in the format of the lock."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def lock_text(files: Mapping[str, bytes]) -> str:
    """Return the text of the lock for these files."""
    hashes = {path: digest(data) for path, data in files.items()}
    return json.dumps({"//": MARKER, "lock": 1, "files": hashes}, indent=2) + "\n"


def read_lock(root: Path) -> Lock:
    """Return the lock of a folder; empty if there is none yet.

    Raises:
        TreeError: The lock can't be read, or is not a valid lock.
    """
    return Lock(_hashes(root / LOCK_FILE), _hashes(root / PENDING_FILE, torn_is_empty=True))


def _hashes(path: Path, *, torn_is_empty: bool = False) -> Mapping[str, str]:
    try:
        document = json.loads(path.read_bytes())
        files = document["files"]
        if document["lock"] != 1 or not all(isinstance(value, str) for value in files.values()):
            raise KeyError("lock")
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError, AttributeError):
        if torn_is_empty:
            return {}
        raise TreeError(
            f"{path}: not a lock file of this version",
            hint=f"restore it from version control, or delete it and run `kit generate --force`; {path.name} "
            "is needed to detect hand edits",
        ) from None
    except OSError as error:
        raise TreeError(f"{path}: can't be read: {error.strerror}", hint="check its permissions") from None
    return dict(files)
