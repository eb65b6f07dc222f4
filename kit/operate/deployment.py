"""The deployment in a folder, resolved for one target."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from generator.deployment.model import Deployment
from generator.kit_yaml import read_spec
from generator.resolve import resolve
from generator.target import Target
from kit.image.context import context_of
from kit.operate.overrides import load_overrides


def load(spec: Path, target: Target) -> Deployment:
    """Read a spec and the overrides beside it, and resolve both for a target.

    Raises:
        SpecError: the spec or an override is invalid.
    """
    read, folder = read_spec(spec), spec.resolve().parent
    return resolve(read, target, PurePosixPath(folder), load_overrides(spec.parent), context_of(folder))
