"""Where files lie while a deployment runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from generator.deployment.platform import Platform
from generator.spec.secret import Secret

# What stands alone is read as YAML: a password `123` would be a number, `#x` nothing. Beside another
# expansion, here of nothing, it is text.
_AS_TEXT = "${env:KIT_NOTHING:-}"


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of one deployment, as its workloads find them."""

    platform: Platform

    @property
    def folder(self) -> PurePosixPath:
        """The deployment's folder on this machine, absolute."""
        return self.platform.folder

    def rendered(self, file: str) -> str:
        """Where the component that reads it finds a rendered file, such as `jaeger/config.yaml`."""
        return f"/etc/{file}" if self.platform.isolates_files else str(self.platform.rendered / file)

    def users(self, file: str, mounted: str) -> str:
        """Where a component finds a file of the user's: mounted at a path, or where it lies."""
        return mounted if self.platform.isolates_files else str(self.folder / file)

    def secret(self, secret: Secret) -> str:
        """Where a component finds the file of a secret that lies in one."""
        return self.users(secret.file, f"/run/secrets/{secret.name}")

    def in_config(self, secret: Secret) -> str:
        """How the collector's and Jaeger's configs name a secret; they read it when they start."""
        named = f"${{env:{secret.env}}}" if secret.env else f"${{file:{self.secret(secret)}}}"
        return named + _AS_TEXT

    def data(self, component: str, container_path: str) -> str:
        """Where a component keeps what must outlive it."""
        if self.platform.isolates_files:
            return container_path
        return str(self.platform.rendered / "data" / component)
