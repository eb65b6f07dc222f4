"""Puts into the wheel what the image is built from besides the packages: the Dockerfile and the files that it copies.

So an installed kit can lay out a build context (`kit.image.context`). Hatchling runs this file by its path:
the project is not importable here.
"""

from __future__ import annotations

from pathlib import Path
from runpy import run_path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_DOCKERFILE = "Dockerfile"


class FilesOfTheImage(BuildHookInterface[Any]):
    """The hook."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the files; none to an editable install, nor where the wheel is made within the image."""
        dockerfile = Path(self.root) / _DOCKERFILE
        if version == "editable" or not dockerfile.is_file():
            return
        copied = run_path(str(Path(__file__).with_name("copied.py")))["copied"]
        for name in (_DOCKERFILE, *copied(dockerfile.read_text(encoding="utf-8"))):
            file = Path(self.root) / name
            if file.is_file():
                build_data["force_include"][str(file)] = f"kit/image/files/{name}"
