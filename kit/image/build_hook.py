"""Add the build files of the image to the wheel, so that an installed kit has them (`kit.image.context`).

Hatchling runs this file by its path: the project is not importable here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FilesOfTheImage(BuildHookInterface[Any]):
    """The build hook. pyproject.toml lists the files next to the hook's path."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the files, except for an editable install, which reads them in place."""
        if version != "editable":
            for name in self.config["files"]:
                build_data["force_include"][str(Path(self.root) / name)] = f"kit/image/files/{name}"
