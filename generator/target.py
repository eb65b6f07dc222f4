"""Description of a target: a way to run a deployment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from generator.deployment.model import Deployment
from generator.deployment.platform import Platform
from generator.spec.keys import SpecKey
from generator.spec.model import Spec
from generator.workload import Workload


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """A way to run a deployment; it translates workloads and knows no component by name.

    Attributes:
        name: Name for `--target`.
        platform: Function that returns the platform's properties for a spec and the deployment's folder.
        files: Function that yields path and text of each file made from the workloads, without the components' files.
        keys: Its keys at the top of the spec.
        runtime: Module with its `RUNTIME`; empty for a target that is only rendered.
        containers: Module with a `containers_of(scene)`, which converts its files to containers for the rules; empty
            for a target without containers.
    """

    name: str
    platform: Callable[[Spec, PurePosixPath], Platform]
    files: Callable[[Deployment, Sequence[Workload]], Iterator[tuple[str, str]]]
    keys: tuple[SpecKey[Any], ...] = ()
    runtime: str = ""
    containers: str = ""

    def __str__(self) -> str:
        return self.name
