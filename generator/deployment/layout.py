"""Where files lie while a deployment runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from generator.deployment.target import Target

NATIVE_FOLDER = PurePosixPath(".kit/native")


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of one deployment.

    Attributes:
        target: in containers each component has its own tree, natively all lie under `.kit/native`.
        folder: the deployment's folder on this machine, absolute; only the native target uses it.
    """

    target: Target
    folder: PurePosixPath

    def rendered(self, file: str) -> str:
        """Where the component that reads it finds a rendered file, as `jaeger/config.yaml`."""
        if self.target is Target.NATIVE:
            return str(self.folder / NATIVE_FOLDER / file)
        return f"/etc/{file}"

    def data(self, component: str, container_path: str) -> str:
        """Where a component keeps what must outlive it."""
        if self.target is Target.NATIVE:
            return str(self.folder / NATIVE_FOLDER / "data" / component)
        return container_path
