"""What a target is: a way to run a deployment."""

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
        name: As in `--target`.
        platform: What it can do, for a spec and the deployment's folder.
        files: Path and text of each file that it renders from the workloads, beside those of the components.
        keys: Its keys at the top of the spec.
        runtime: The module that runs it, with a `RUNTIME`; empty for a target that is only rendered.
        containers: The module that shows its files to the rules as containers, with a `containers_of(scene)`; empty for
            a target without containers.
    """

    name: str
    platform: Callable[[Spec, PurePosixPath], Platform]
    files: Callable[[Deployment, Sequence[Workload]], Iterator[tuple[str, str]]]
    keys: tuple[SpecKey[Any], ...] = ()
    runtime: str = ""
    containers: str = ""

    def __str__(self) -> str:
        return self.name
