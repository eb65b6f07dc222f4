"""Verdicts on objectives of critical paths."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.critical_path.totals import queue_name
from analysis.model import SpanKind
from analysis.objectives import ANY_SERVICE, judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.columns.table import SpanTable
    from analysis.critical_path.totals import Totals
    from analysis.objectives import Objective, Verdict


def judged(table: SpanTable, added: Totals, objectives: Sequence[Objective]) -> list[Verdict]:
    """Judge each objective, on the share of all paths' time or on the mean time per request.

    An objective covers the sum of all parts that match it. An operation that has spans but is on no path has the time
    0. A name without spans, for example a misspelt one, is not judged.

    Args:
        table: All spans, with the attributes `by_rule.NEEDED`.
        added: Totals of the paths.
        objectives: Objectives with one of the measures `OF_PATHS`.
    """
    return [judge(one, _measured(table, added, one), added.requests) for one in objectives]


def _measured(table: SpanTable, added: Totals, objective: Objective) -> float | None:
    """Return a share, or nanoseconds per request; None if there is nothing to measure."""
    measure = objective.measure
    parts = [
        part
        for part in added.parts
        if part.is_wait == measure.is_wait and objective.concerns(part.service, part.operation)
    ]
    if not added.requests or not (parts or _is_known(table, objective)):
        return None
    time = sum(part.total_ns for part in parts)
    if measure.is_share:
        return time / added.total_ns if added.total_ns else 0.0
    return time / added.requests


def _is_known(table: SpanTable, objective: Objective) -> bool:
    """Whether any span (for a wait, any consumer span) matches an objective."""
    fits = np.array([objective.service in (ANY_SERVICE, text) for text in table.texts], bool)[table.service]
    if objective.measure.is_wait:
        fits &= table.is_kind(SpanKind.CONSUMER)
    rows = np.flatnonzero(fits)
    if objective.endpoint is None:
        return bool(len(rows)) or objective.service == ANY_SERVICE
    if objective.measure.is_wait:
        return any(queue_name(table, row) == objective.endpoint for row in rows.tolist())
    return bool(np.array([text == objective.endpoint for text in table.texts], bool)[table.name[rows]].any())
