"""Detector of repeated sequences of calls: an N+1 of more than one statement, which Sentry calls M/N+1.

The detector of loops does not find these, because other calls lie between two calls of the same statement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.columns.groups import alike
from analysis.columns.table import NOWHERE
from analysis.lint.calls import CallKind, in_a_row, total_ms
from analysis.lint.lint_rules import (
    LEAST_LOOP_MS,
    LEAST_REPEATS,
    LEAST_SEQUENCE_SHARE,
    LONGEST_SEQUENCE,
    MANY_REPEATS,
    SEQUENCE_LOOP,
)
from analysis.lint.lint_spans import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.columns.table import Mask, Rows
    from analysis.lint.lint_spans import LintSpans

_SHOWN = 40


def sequences(spans: LintSpans, told: Mask) -> Iterator[Violation]:
    """Yield repeated sequences of several database calls with at least one SQL statement.

    Args:
        spans: The spans to check.
        told: Mask of calls that another rule has already reported; the calls found here are added.
    """
    table, calls = spans.table, spans.calls
    rows = np.flatnonzero((calls.of[CallKind.SQL] | calls.of[CallKind.REDIS]) & (table.parent != NOWHERE))
    for children in alike(rows, table.parent[rows], least=2 * LEAST_REPEATS):
        spent = total_ms(table, children)
        for run in in_a_row(table, children):
            for rounds in _repeated(calls.same[run]):
                repeated = run[rounds]  # one row for each round
                flat = repeated.reshape(-1)
                total = total_ms(table, flat)
                enough = len(repeated) > MANY_REPEATS or total >= LEAST_LOOP_MS
                if (
                    enough
                    and total >= LEAST_SEQUENCE_SHARE * spent
                    and not told[flat].any()
                    and calls.of[CallKind.SQL][repeated[0]].any()
                ):
                    told[flat] = True
                    yield _violation(spans, repeated, total)


def _repeated(same: Rows) -> Iterator[Rows]:
    """Yield positions of the calls of a repeated sequence, one row for each round; short sequences first."""
    for length in range(2, min(LONGEST_SEQUENCE, len(same) // LEAST_REPEATS) + 1):
        again = np.r_[False, same[length:] == same[:-length], False]
        bounds = np.flatnonzero(np.diff(again))
        for begin, end in zip(bounds[::2].tolist(), bounds[1::2].tolist(), strict=True):
            rounds = (end - begin) // length + 1
            if rounds >= LEAST_REPEATS:
                yield np.arange(begin, begin + rounds * length).reshape(rounds, length)


def _violation(spans: LintSpans, repeated: Rows, total: float) -> Violation:
    first = int(repeated[0, 0])
    texts = [spans.calls.text(row) for row in repeated[0].tolist()]
    shown = ", then ".join(text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…" for text in texts)
    took = spans.table.duration_of(repeated.reshape(-1)).reshape(repeated.shape)
    return Violation(
        rule=SEQUENCE_LOOP,
        entry=spans.entry_of(first),
        # Sorted, so that the subject does not depend on where in the loop the first round starts.
        subject=" ".join(sorted(set(texts))),
        found=f"{len(repeated)} times {shown}, {total:.3g} ms in total",
        traces=spans.trace_of(first),
        # A single call of each kind for all rounds would take about as long as the longest of its kind.
        cost_ms=total - int(took.max(axis=0).sum()) / 1_000_000,
        details={"rounds": len(repeated), "calls": repeated.size, "total_ms": total},
    )
