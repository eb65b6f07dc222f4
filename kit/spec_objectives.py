"""The objectives of the spec in the current folder, as the analysis takes them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from generator.components.services.plan import ServicesPlan

if TYPE_CHECKING:
    from analysis.objectives import Objective

_NANOSECONDS = 1_000_000
_MILLIONTHS = 1_000_000


def spec_objectives(folder: Path | None = None) -> list[Objective]:
    """What the services of the deployment in a folder promise; nothing where there is no spec.

    Raises:
        SpecError: the spec can't be used.
    """
    spec = (folder or Path.cwd()) / "kit.yaml"
    return list(_objectives(spec)) if spec.exists() else []


def _objectives(spec: Path) -> Iterator[Objective]:
    from analysis.objectives import Measure, Objective
    from generator.targets import COMPOSE, NATIVE
    from kit.operate.deployment import load

    for promised in load(spec, NATIVE)[ServicesPlan].objectives:
        endpoint = promised.endpoint or None
        if promised.success is not None:
            share = promised.success.millionths / _MILLIONTHS
            yield Objective(promised.service, endpoint, Measure.SUCCESS, share)
        if promised.p99 is not None:
            yield Objective(promised.service, endpoint, Measure.P99, promised.p99.milliseconds * _NANOSECONDS)
