"""Detectors of repeated calls: N+1 queries, N+1 Redis commands, and many Redis commands that fit in one pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.columns.groups import alike, children_of
from analysis.columns.table import NOWHERE
from analysis.lint.calls import CallKind, in_a_row, longest_ms, total_ms
from analysis.lint.lint_rules import (
    CHATTY,
    CHATTY_CALLS,
    LEAST_LOOP_MS,
    LEAST_REPEATS,
    MANY_REPEATS,
    N_PLUS_ONE,
    REDIS_LOOP,
)
from analysis.lint.lint_spans import Violation
from analysis.lint.sequences import sequences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.columns.table import Mask, Rows
    from analysis.lint.lint_spans import LintSpans
    from findings.rule import Rule


def loops(spans: LintSpans) -> Iterator[Violation]:
    """Yield loops of one call, long runs of Redis commands, and repeated sequences of calls."""
    table, calls = spans.table, spans.calls
    told = np.zeros(len(table), bool)
    for kind, rule in ((CallKind.SQL, N_PLUS_ONE), (CallKind.REDIS, REDIS_LOOP)):
        rows = np.flatnonzero(calls.of[kind] & (table.parent != NOWHERE))
        for same in alike(rows, table.parent[rows], calls.same[rows], least=LEAST_REPEATS):
            for run in in_a_row(table, same):
                if _is_loop(spans, run, kind):
                    told[run] = True
                    yield _violation(spans, rule, run, f"{len(run)} times {_named(spans, run, kind)}")
    yield from _chatty(spans, told)
    yield from sequences(spans, told)


def _is_loop(spans: LintSpans, run: Rows, kind: CallKind) -> bool:
    if len(run) < LEAST_REPEATS:
        return False
    return kind is CallKind.REDIS or len(run) > MANY_REPEATS or total_ms(spans.table, run) >= LEAST_LOOP_MS


def _chatty(spans: LintSpans, told: Mask) -> Iterator[Violation]:
    table, redis = spans.table, spans.calls.of[CallKind.REDIS]
    rows = np.flatnonzero(redis & (table.parent != NOWHERE))
    many = [int(table.parent[one[0]]) for one in alike(rows, table.parent[rows], least=CHATTY_CALLS)]
    for children in children_of(table, np.array(many, np.int64)):
        for block in _blocks(children, redis[children]):
            for run in in_a_row(table, block):
                others = run[~told[run]]
                if len(others) >= CHATTY_CALLS:
                    told[others] = True
                    yield _violation(
                        spans, CHATTY, others, f"{len(others)} Redis commands in a row", subject="redis"
                    )


def _blocks(children: Rows, chosen: Mask) -> Iterator[Rows]:
    """Yield runs of chosen children with no other child between them."""
    bounds = np.flatnonzero(np.r_[True, np.diff(chosen), True])
    for begin, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        if chosen[begin]:
            yield children[begin:end]


def _violation(spans: LintSpans, rule: Rule, run: Rows, found: str, subject: str = "") -> Violation:
    first, total = int(run[0]), total_ms(spans.table, run)
    return Violation(
        rule=rule,
        entry=spans.entry_of(first),
        subject=subject or spans.calls.text(first),
        found=f"{found}, {total:.3g} ms in total",
        traces=spans.trace_of(first),
        # A single call for all of them would take about as long as the longest.
        cost_ms=total - longest_ms(spans.table, run),
        details={"calls": len(run), "total_ms": total},
    )


def _named(spans: LintSpans, run: Rows, kind: CallKind) -> str:
    said = spans.calls.text(int(run[0]))
    return f"{'Redis ' if kind is CallKind.REDIS else ''}{said if len(said) <= 80 else said[:79] + '…'}"
