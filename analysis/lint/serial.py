"""Detector of sequential calls that could run in parallel."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from analysis.columns.groups import alike
from analysis.columns.table import NOWHERE
from analysis.lint.calls import METHOD, CallKind, in_a_row, longest_ms, total_ms
from analysis.lint.lint_rules import (
    LEAST_HTTP_CALLS,
    LEAST_HTTP_MS,
    LEAST_SAVING_MS,
    LEAST_SAVING_SHARE,
    LEAST_SQL_MS,
    SERIAL,
)
from analysis.lint.lint_spans import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.columns.table import Rows
    from analysis.lint.lint_spans import LintSpans

_SAFE = {"GET", "HEAD", "OPTIONS"}
_DEPENDS = re.compile(r"\bwhere\b|[?$:@%]", re.IGNORECASE)
_READ = -2


def serial_calls(spans: LintSpans) -> Iterator[Violation]:
    """Yield runs of calls that would save time in parallel."""
    took = spans.table.duration_ns
    for run, saved in _runs(spans):
        entry = int(spans.entry[run[0]])
        if spans.table.unfinished[entry]:
            continue  # without an end, the saving's share is unknown
        if saved >= LEAST_SAVING_MS and saved >= LEAST_SAVING_SHARE * int(took[entry]) / 1_000_000:
            yield _violation(spans, run, saved)


def _runs(spans: LintSpans) -> Iterator[tuple[Rows, float]]:
    yield from _http(spans)
    yield from _sql(spans)


def _http(spans: LintSpans) -> Iterator[tuple[Rows, float]]:
    """Yield runs of reads of any kind, and runs of the same write, such as a loop over receivers."""
    table = spans.table
    rows = np.flatnonzero(spans.calls.of[CallKind.HTTP] & (table.parent != NOWHERE))
    method = spans.words.codes(*METHOD)
    is_read = ((method == NOWHERE) | spans.words.fits(method, _SAFE.__contains__))[rows]
    independent = np.where(is_read, _READ, spans.calls.same[rows])
    for calls in alike(rows, table.parent[rows], independent, least=LEAST_HTTP_CALLS):
        for run in in_a_row(table, calls):
            shortest = int(table.duration_of(run).min())
            if len(run) >= LEAST_HTTP_CALLS and shortest >= LEAST_HTTP_MS * 1_000_000:
                yield run, total_ms(table, run) - longest_ms(table, run)


def _sql(spans: LintSpans) -> Iterator[tuple[Rows, float]]:
    """Yield runs of SELECTs, some of which depend on no other answer, and the saving.

    saved = total - max(longest independent one, sum of those that may depend on another)
    """
    table, calls = spans.table, spans.calls
    reads = calls.of[CallKind.SQL] & spans.words.fits(calls.statement, _is_read) & (table.parent != NOWHERE)
    depends = spans.words.fits(calls.statement, _DEPENDS.search)
    rows = np.flatnonzero(reads)
    for selects in alike(rows, table.parent[rows], least=2):
        for run in in_a_row(table, selects):
            if len(run) < 2 or int(table.duration_of(run).min()) < LEAST_SQL_MS * 1_000_000:
                continue
            is_free = ~depends[run]
            is_free[0] = False
            if is_free.any():
                bound = total_ms(table, run[~is_free])
                yield run, total_ms(table, run) - max(longest_ms(table, run[is_free]), bound)


def _is_read(statement: str) -> bool:
    return statement.lstrip().upper().startswith("SELECT")


def _violation(spans: LintSpans, run: Rows, saved: float) -> Violation:
    names = list(dict.fromkeys(spans.table.name_of(row) for row in run.tolist()))
    shown = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
    total, first = total_ms(spans.table, run), int(run[0])
    return Violation(
        rule=SERIAL,
        entry=spans.entry_of(first),
        subject=" ".join(sorted(names)),
        found=f"{len(run)} calls in a row ({shown}), {total:.3g} ms; in parallel {saved:.3g} ms less",
        traces=spans.trace_of(first),
        cost_ms=saved,
        details={"calls": len(run), "saved_ms": saved},
    )
