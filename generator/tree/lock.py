"""`kit.lock`: the hash of every rendered file, by which a hand edit is seen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from generator.fileset import MARKER
from generator.tree.errors import TreeError

LOCK_FILE = "kit.lock"
# Written before the first file is replaced and renamed to `kit.lock` after the last: whatever stops a
# `generate` between the two, the next one knows the files of both states as its own.
PENDING_FILE = "kit.lock.pending"


@dataclass(frozen=True, slots=True)
class Lock:
    """The files that the kit wrote.

    Attributes:
        files: the hash of each file's last complete render.
        pending: the hashes of a render that was not finished.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    pending: Mapping[str, str] = field(default_factory=dict)

    def wrote(self, path: str, digest: str) -> bool:
        """Whether the kit itself wrote these bytes to this path."""
        return digest in (self.files.get(path), self.pending.get(path))

    @property
    def paths(self) -> set[str]:
        """Every path that the kit has written."""
        return {*self.files, *self.pending}


def digest(data: bytes) -> str:
    """The hash under which a file stands in the lock."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def lock_text(files: Mapping[str, bytes]) -> str:
    """The text of the lock of these files."""
    hashes = {path: digest(data) for path, data in files.items()}
    return json.dumps({"//": MARKER, "lock": 1, "files": hashes}, indent=2) + "\n"


def read_lock(root: Path) -> Lock:
    """The lock of a folder; empty where there is none yet.

    Raises:
        TreeError: it can't be read, or is not a lock.
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
            f"{path}: not a lock of this version",
            hint=f"restore it from your version control, or delete it and run `kit generate --force`: {path.name} "
            "is how hand edits are told from rendered files",
        ) from None
    except OSError as error:
        raise TreeError(f"{path}: can't be read: {error.strerror}", hint="check its permissions") from None
    return dict(files)
