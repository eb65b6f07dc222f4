"""`.kit/native/`: all that the native target keeps in a deployment's folder."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

# A socket's path may have 107 bytes, and the supervisor first makes it with its process id behind.
_LONGEST_SOCKET = 96
# Every process of a deployment carries it: so they are found even when nobody supervises them any more.
HOME_VARIABLE = "KIT_NATIVE_HOME"


@dataclass(frozen=True, slots=True)
class Home:
    """The paths of one deployment's native run.

    Attributes:
        folder: the deployment's folder, absolute.
    """

    folder: Path

    @classmethod
    def of(cls, folder: Path) -> Home:
        """The home of the deployment in a folder."""
        return cls(folder.resolve())

    @property
    def path(self) -> Path:
        """The root of it."""
        return self.folder / ".kit" / "native"

    @property
    def state(self) -> Path:
        """What was started: written by `up`, read by the other verbs, removed by `down`."""
        return self.path / "state.json"

    @property
    def config(self) -> Path:
        """The supervisor's config."""
        return self.path / "supervisord.conf"

    @property
    def logs(self) -> Path:
        """One log for each component."""
        return self.path / "logs"

    def log(self, component: str) -> Path:
        """A component's log."""
        return self.logs / f"{component}.log"

    @property
    def data(self) -> Path:
        """What outlives a `down`."""
        return self.path / "data"

    @property
    def lock(self) -> Path:
        """Held by the one `up` or `down` that may change it."""
        return self.path / "lock"

    @property
    def socket(self) -> Path:
        """The supervisor's socket: here, or in a short folder of its own where this path is too long."""
        path = self.path / "supervisor.sock"
        if len(os.fsencode(path)) <= _LONGEST_SOCKET:
            return path
        name = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:16]
        return Path("/tmp") / f"kit-{os.getuid()}-{name}" / "supervisor.sock"  # noqa: S108  # in a folder of mode 0700
