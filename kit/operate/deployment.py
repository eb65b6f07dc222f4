"""The deployment in a folder, resolved for one target."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from generator.deployment.model import Deployment
from generator.deployment.resolve import resolve
from generator.deployment.target import Target
from generator.spec import read_spec
from kit.image.context import context_of


def load(spec: Path, target: Target) -> Deployment:
    """Read a spec and decide everything for a target.

    Raises:
        SpecError: the spec can't be used.
    """
    folder = spec.resolve().parent
    return resolve(read_spec(spec), target, PurePosixPath(folder), context_of(folder))
