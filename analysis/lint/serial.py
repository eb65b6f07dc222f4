"""Calls one after the other that could be made side by side."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from analysis.lint.calls import (
    Target,
    in_a_row,
    longest_ms,
    same_call,
    statement_of,
    target_of,
    text_of,
    total_ms,
)
from analysis.lint.look import Hit
from findings.rule import Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.lint.look import Look
    from analysis.model import Span

LEAST_HTTP_CALLS = 3
"""So many calls in a row: Sentry's consecutive-HTTP detector."""

LEAST_HTTP_MS = 25.0
"""Each of them takes at least so long: Sentry's 500 ms, which is for pages, less by 20 as is the saving,"""

LEAST_SAVING_MS = 100.0
LEAST_SAVING_SHARE = 0.1
"""and side by side they would save so much, and so much of the request: Sentry's consecutive-DB detector."""

LEAST_SQL_MS = 30.0
"""Each statement takes at least so long: the same."""

SERIAL = Rule(
    id="KIT204",
    title="Calls that do not need each other's answers are made side by side",
    severity=Severity.WARNING,
    reason="One after the other, they take the sum of their times; side by side, the longest of them.",
    source=(
        f"Sentry's consecutive-HTTP (at least {LEAST_HTTP_CALLS} calls in a row, its times scaled from pages to "
        f"services: {LEAST_HTTP_MS:g} ms each) and consecutive-DB detectors (SELECTs without parameters, "
        f"{LEAST_SQL_MS:g} ms each); saving at least {LEAST_SAVING_MS:g} ms and {LEAST_SAVING_SHARE:.0%}"
    ),
    fix="start them together: asyncio.gather, a TaskGroup, or threads",
    bad="GET /stock 80 ms, then GET /price 90 ms, then GET /rating 70 ms: 240 ms",
    good="GET /stock, GET /price and GET /rating started together: 90 ms",
)

_SAFE = {"", "GET", "HEAD", "OPTIONS"}
_DEPENDS = re.compile(r"\bwhere\b|[?$:@%]", re.IGNORECASE)


def serial_calls(look: Look) -> Iterator[Hit]:
    """Where calls in a row would save time side by side."""
    for trace in look.traces:
        for parent in trace.spans:
            children = trace.children(parent)
            if len(children) < 2:
                continue
            for run, saved in [*_http(children), *_sql(children)]:
                entry = look.entry_span(run[0])
                if saved >= LEAST_SAVING_MS and saved >= LEAST_SAVING_SHARE * entry.duration_ns / 1_000_000:
                    yield _hit(look, run, saved)


def _http(children: Sequence[Span]) -> Iterator[tuple[list[Span], float]]:
    """Reads, whatever they read; and the same write, which a loop sends to one after another."""
    calls = [child for child in children if target_of(child) is Target.HTTP]
    for run in in_a_row(calls, _independent):
        if (
            len(run) >= LEAST_HTTP_CALLS
            and min(call.duration_ns for call in run) >= LEAST_HTTP_MS * 1_000_000
        ):
            yield run, total_ms(run) - longest_ms(run)


def _independent(call: Span) -> str:
    method = text_of(call, "http.request.method", "http.method")
    return "reads" if method in _SAFE else same_call(call)


def _sql(children: Sequence[Span]) -> Iterator[tuple[list[Span], float]]:
    """SELECTs, of which some surely need no answer: saved = total - max(longest that needs none, all that may)."""
    calls = [child for child in children if target_of(child) is Target.SQL]
    for run in in_a_row(calls, _is_read):
        if len(run) < 2 or not _is_read(run[0]):
            continue
        if min(call.duration_ns for call in run) < LEAST_SQL_MS * 1_000_000:
            continue
        free = [call for call in run[1:] if not _DEPENDS.search(statement_of(call))]
        bound = [call for call in run if call not in free]
        if free:
            yield run, total_ms(run) - max(longest_ms(free), total_ms(bound))


def _is_read(call: Span) -> bool:
    return statement_of(call).lstrip().upper().startswith("SELECT")


def _hit(look: Look, run: Sequence[Span], saved: float) -> Hit:
    names = list(dict.fromkeys(call.name for call in run))
    shown = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
    return Hit(
        rule=SERIAL,
        entry=look.entry(run[0]),
        subject=" ".join(sorted(names)),
        found=f"{len(run)} calls in a row ({shown}), {total_ms(run):.3g} ms; side by side {saved:.3g} ms less",
        trace_id=run[0].trace_id,
        cost_ms=saved,
        details={"calls": len(run), "saved_ms": saved},
    )
