"""The same call again and again: N+1 queries, N+1 Redis commands, and many of these that one pipeline would do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.columns.groups import alike, children_of
from analysis.columns.table import NOWHERE
from analysis.lint.calls import Target, in_a_row, longest_ms, total_ms
from analysis.lint.look import Hit
from analysis.lint.rules import (
    CHATTY,
    CHATTY_CALLS,
    LEAST_LOOP_MS,
    LEAST_REPEATS,
    MANY_REPEATS,
    N_PLUS_ONE,
    REDIS_LOOP,
)
from analysis.lint.sequences import sequences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.columns.table import Mask, Rows
    from analysis.lint.look import Look
    from findings.rule import Rule


def loops(look: Look) -> Iterator[Hit]:
    """Where the same call is repeated, and where Redis commands follow each other."""
    table, calls = look.table, look.calls
    told = np.zeros(len(table), bool)
    for target, rule in ((Target.SQL, N_PLUS_ONE), (Target.REDIS, REDIS_LOOP)):
        rows = np.flatnonzero(calls.of[target] & (table.parent != NOWHERE))
        for same in alike(rows, table.parent[rows], calls.same[rows], least=LEAST_REPEATS):
            for run in in_a_row(table, same):
                if _is_loop(look, run, target):
                    told[run] = True
                    yield _hit(look, rule, run, f"{len(run)} times {_named(look, run, target)}")
    yield from _chatty(look, told)
    yield from sequences(look, told)


def _is_loop(look: Look, run: Rows, target: Target) -> bool:
    if len(run) < LEAST_REPEATS:
        return False
    return target is Target.REDIS or len(run) > MANY_REPEATS or total_ms(look.table, run) >= LEAST_LOOP_MS


def _chatty(look: Look, told: Mask) -> Iterator[Hit]:
    table, redis = look.table, look.calls.of[Target.REDIS]
    rows = np.flatnonzero(redis & (table.parent != NOWHERE))
    many = [int(table.parent[one[0]]) for one in alike(rows, table.parent[rows], least=CHATTY_CALLS)]
    for children in children_of(table, np.array(many, np.int64)):
        for block in _blocks(children, redis[children]):
            for run in in_a_row(table, block):
                others = run[~told[run]]
                if len(others) >= CHATTY_CALLS:
                    told[others] = True
                    yield _hit(
                        look, CHATTY, others, f"{len(others)} Redis commands in a row", subject="redis"
                    )


def _blocks(children: Rows, chosen: Mask) -> Iterator[Rows]:
    """Those of the children that are chosen, as long as no other comes between."""
    bounds = np.flatnonzero(np.r_[True, np.diff(chosen), True])
    for begin, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        if chosen[begin]:
            yield children[begin:end]


def _hit(look: Look, rule: Rule, run: Rows, found: str, subject: str = "") -> Hit:
    first, total = int(run[0]), total_ms(look.table, run)
    return Hit(
        rule=rule,
        entry=look.entry_of(first),
        subject=subject or look.calls.text(first),
        found=f"{found}, {total:.3g} ms together",
        traces=look.trace_of(first),
        # One call for all of them takes about as long as the longest of them.
        cost_ms=total - longest_ms(look.table, run),
        details={"calls": len(run), "total_ms": total},
    )


def _named(look: Look, run: Rows, target: Target) -> str:
    said = look.calls.text(int(run[0]))
    return f"{'Redis ' if target is Target.REDIS else ''}{said if len(said) <= 80 else said[:79] + '…'}"
