"""Where files lie while a deployment runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from generator.deployment.target import Target
from generator.spec.secret import Secret

# What stands alone is read as YAML: a password `123` would be a number, `#x` nothing. Beside another
# expansion, here of nothing, it is text.
_AS_TEXT = "${env:KIT_NOTHING:-}"
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

    def secret(self, secret: Secret) -> str:
        """Where a component finds the file of a secret that lies in one."""
        path = PurePosixPath(secret.file)
        if self.target is Target.NATIVE:
            return str(self.folder / path)
        return f"/run/secrets/{secret.name}"

    def in_config(self, secret: Secret) -> str:
        """How the collector's and Jaeger's configs name a secret; they read it when they start."""
        named = f"${{env:{secret.env}}}" if secret.env else f"${{file:{self.secret(secret)}}}"
        return named + _AS_TEXT

    def data(self, component: str, container_path: str) -> str:
        """Where a component keeps what must outlive it."""
        if self.target is Target.NATIVE:
            return str(self.folder / NATIVE_FOLDER / "data" / component)
        return container_path
