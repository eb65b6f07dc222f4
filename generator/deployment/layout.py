"""Paths of files while a deployment runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from generator.deployment.platform import Platform
from generator.spec.secret import Secret

# A value that consists of one expansion is parsed as YAML: the password `123` would become a number, and `#x` null.
# With a second expansion beside it, here of an empty value, it stays text.
_AS_TEXT = "${env:KIT_NOTHING:-}"


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of one deployment, as its workloads see them."""

    platform: Platform

    @property
    def folder(self) -> PurePosixPath:
        """The deployment's folder on this machine, absolute."""
        return self.platform.folder

    def rendered(self, file: str) -> str:
        """Return the path of a rendered file, such as `jaeger/config.yaml`, for the component that reads it."""
        return f"/etc/{file}" if self.platform.isolates_files else str(self.platform.rendered / file)

    def users(self, file: str, mounted: str) -> str:
        """Return the path of a user's file for a component: the path where it is mounted, or its own path."""
        return mounted if self.platform.isolates_files else str(self.folder / file)

    def secret(self, secret: Secret) -> str:
        """Return the path of a secret's file for a component."""
        return self.users(secret.file, f"/run/secrets/{secret.name}")

    def in_config(self, secret: Secret) -> str:
        """Return the reference to a secret for the configs of the collector and Jaeger, which expand it at start."""
        named = f"${{env:{secret.env}}}" if secret.env else f"${{file:{self.secret(secret)}}}"
        return named + _AS_TEXT

    def data(self, component: str, container_path: str) -> str:
        """Return the folder for a component's data that must outlive it."""
        if self.platform.isolates_files:
            return container_path
        return str(self.platform.rendered / "data" / component)
