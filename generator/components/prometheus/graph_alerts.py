"""Alert about the dependency graph."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.components.dependencies.listeners import COMPUTED, NAME
from generator.components.prometheus.alerts import Alert
from generator.components.prometheus.promql import job
from generator.spec.quantities import Duration

# A round may take long on a slow database, and the pause after it is at most `every`.
_ROUNDS = 3
_BESIDE_S = 600


def graph_alerts(jobs: Sequence[str], every: Duration | None) -> Iterator[Alert]:
    """Make the alert, if the kit computes the graph.

    Args:
        jobs: Names of the scraped components.
        every: Longest pause between two computations.
    """
    if NAME in jobs and every is not None:
        late = _ROUNDS * every.seconds + _BESIDE_S
        yield Alert(
            "DependencyGraphLate", f"time() - {COMPUTED}{{{job([NAME])}}} > {late}", "1m", "warning",
            "the dependency graph lacks the last {{ $value | humanizeDuration }}",
            "kit logs dependencies, then kit doctor",
        )  # fmt: skip
