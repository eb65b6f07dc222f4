"""The same few calls again and again, one after the other: an N+1 of more than one statement, which Sentry calls M/N+1.

Of these, each call alone may lie too far from its next for a loop: what lies between are the others.
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
    """Where several calls to databases, statements among them, are repeated as a sequence.

    Args:
        spans: what to spans at.
        told: the calls of which another rule tells already, loops of a single one among them.
    """
    table, calls = spans.table, spans.calls
    rows = np.flatnonzero((calls.of[CallKind.SQL] | calls.of[CallKind.REDIS]) & (table.parent != NOWHERE))
    for children in alike(rows, table.parent[rows], least=2 * LEAST_REPEATS):
        spent = total_ms(table, children)
        for run in in_a_row(table, children):
            for rounds in _repeated(calls.same[run]):
                repeated = run[rounds]  # a row a round
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
    """Places of the calls that repeat as a sequence, a row a round; short sequences first."""
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
        # Wherever in its round a loop is met first, it is one finding.
        subject=" ".join(sorted(set(texts))),
        found=f"{len(repeated)} times {shown}, {total:.3g} ms together",
        traces=spans.trace_of(first),
        # One call of each for all rounds takes about as long as the longest of them.
        cost_ms=total - int(took.max(axis=0).sum()) / 1_000_000,
        details={"rounds": len(repeated), "calls": repeated.size, "total_ms": total},
    )
