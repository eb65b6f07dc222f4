"""The objectives of a spec, converted for the analysis."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.objectives import Objective

_NANOSECONDS = 1_000_000
_MILLIONTHS = 1_000_000
_DEFAULT = Path("kit.yaml")


def spec_objectives(spec: Path = _DEFAULT) -> list[Objective]:
    """Return the objectives of a spec's services; none if the default spec does not exist.

    Raises:
        SpecError: The spec is invalid.
    """
    return list(_objectives(spec)) if spec != _DEFAULT or spec.exists() else []


def _objectives(spec: Path) -> Iterator[Objective]:
    from analysis.objectives import Measure, Objective
    from generator.components.services.plan import ServicesPlan
    from kit.operate.runtimes import on_this_machine

    for promised in on_this_machine(spec)[ServicesPlan].objectives:
        endpoint = promised.endpoint or None
        if promised.success is not None:
            share = promised.success.millionths / _MILLIONTHS
            yield Objective(promised.service, endpoint, Measure.SUCCESS, share)
        if promised.p99 is not None:
            yield Objective(promised.service, endpoint, Measure.P99, promised.p99.milliseconds * _NANOSECONDS)
