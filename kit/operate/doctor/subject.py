"""What is examined: a folder, its spec resolved for both targets, and what runs of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from generator.deployment.model import Deployment
from generator.kit_yaml import parse_spec, read_spec
from generator.render import workloads_of
from generator.resolve import resolve
from generator.spec.model import Spec
from generator.spec.problem import SpecError
from generator.targets import COMPOSE, NATIVE
from generator.workload import Workload
from kit.operate.doctor.line import Line, Looked
from kit.operate.doctor.rules import SPEC

if TYPE_CHECKING:
    from kit.operate.doctor.live import Live

_DEFAULT = "spec: 1\nname: tracing\n"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is examined.

    Attributes:
        folder: the deployment's.
        has_spec: whether the folder has a spec that can be used; else the deployments are those of all defaults.
        deployments: the spec, for each target.
        target: the one that is asked for or runs; None when either may be meant.
        live: what runs; None when nothing does.
    """

    folder: Path
    has_spec: bool
    deployments: dict[Target, Deployment]
    target: Target | None
    live: Live | None

    @property
    def targets(self) -> list[Target]:
        """Those that may be meant."""
        return [self.target] if self.target else list(Target)

    def workloads(self, target: Target) -> list[Workload]:
        """What one target runs."""
        return workloads_of(self.deployments[target])


def deployments(spec: Path) -> tuple[dict[Target, Deployment], Line]:
    """The spec for each target, and what is to be said of it."""
    looked = Looked("spec", SPEC)
    folder = PurePosixPath(spec.resolve().parent)
    try:
        if spec.exists():
            read = read_spec(spec)
            return _resolved(read, folder), looked.well(f"{spec}: {read.name}")
    except SpecError as error:
        return _resolved(parse_spec(_DEFAULT), folder), looked.fail(str(error), "mend what is named")
    found = f"there is no {spec}: judged for a deployment with all defaults"
    return _resolved(parse_spec(_DEFAULT), folder), looked.warn(found, "kit init")


def _resolved(read: Spec, folder: PurePosixPath) -> dict[Target, Deployment]:
    return {target: resolve(read, target, folder) for target in Target}
