"""Paths of `.kit/native/`, where the native target keeps its files in a deployment's folder."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

# A socket's path may have 107 bytes, and the supervisor first creates it with its process id appended.
_LONGEST_SOCKET = 96
# Set in every process of a deployment, so that they are found even without a supervisor.
HOME_VARIABLE = "KIT_NATIVE_HOME"


@dataclass(frozen=True, slots=True)
class Home:
    """The paths of one deployment's native run.

    Attributes:
        folder: The deployment's folder, absolute.
    """

    folder: Path

    @classmethod
    def of(cls, folder: Path) -> Home:
        """Return the home of the deployment in a folder."""
        return cls(folder.resolve())

    @property
    def path(self) -> Path:
        """The home's own folder."""
        return self.folder / ".kit" / "native"

    @property
    def state(self) -> Path:
        """State of the last start: written by `up`, read by the other commands, removed by `down`."""
        return self.path / "state.json"

    @property
    def config(self) -> Path:
        """The supervisor's config."""
        return self.path / "supervisord.conf"

    @property
    def logs(self) -> Path:
        """Folder with one log for each component."""
        return self.path / "logs"

    def log(self, component: str) -> Path:
        """Return the path of a component's log."""
        return self.logs / f"{component}.log"

    @property
    def data(self) -> Path:
        """Folder with the data, which `down` keeps."""
        return self.path / "data"

    @property
    def lock(self) -> Path:
        """Lock file, held by a running `up` or `down`."""
        return self.path / "lock"

    @property
    def socket(self) -> Path:
        """The supervisor's socket: in the home, or in a short folder below /tmp if that path is too long."""
        path = self.path / "supervisor.sock"
        if len(os.fsencode(path)) <= _LONGEST_SOCKET:
            return path
        name = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:16]
        return Path("/tmp") / f"kit-{os.getuid()}-{name}" / "supervisor.sock"  # noqa: S108  # in a folder of mode 0700
